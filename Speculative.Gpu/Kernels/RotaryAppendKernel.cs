using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;

namespace Speculative;

/// <summary>
/// From the fused query, key and value product to attention: adds the bias (Qwen2), normalises each query and key head (Qwen3), turns
/// both to their rotary position, and appends keys and values to the cache. Portable.
/// </summary>
/// <remarks>
/// <para>Layout: partials [splits, rows, (heads + 2 kvHeads) x headDim], added in order; bias of that row's length or empty; query and key
/// norm [headDim] or empty; turns [positions, headDim], half a row of cosines, then half of sines; depths [nodes]; queries [rows, heads,
/// headDim] f32; keys and values [slots, kvHeads, headDim] in the cache's format. Grid: x = head of the fused row, y = row; a thread owns
/// every groupSize-th pair (i, i + headDim / 2).</para>
/// <para>Row-invariant: a head's norm has one order (<see cref="GroupSum"/>), all else is element by element. Oracle: the formulas in
/// double in the tests.</para>
/// </remarks>
sealed class RotaryAppendKernel(Accelerator accelerator)
{
    const int MaxGroupSize = 64;

    readonly Action<AcceleratorStream, KernelConfig, RotaryAppendShape, Vectors, ArrayView<int>, ArrayView<int>, ArrayView<float>,
        ArrayView<float>, ArrayView<float>, ArrayView<float>> single = accelerator.LoadKernel<RotaryAppendShape, Vectors, ArrayView<int>,
        ArrayView<int>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>>(RunFloat32);

    readonly Action<AcceleratorStream, KernelConfig, RotaryAppendShape, Vectors, ArrayView<int>, ArrayView<int>, ArrayView<float>,
        ArrayView<float>, ArrayView<ushort>, ArrayView<ushort>> half = accelerator.LoadKernel<RotaryAppendShape, Vectors, ArrayView<int>,
        ArrayView<int>, ArrayView<float>, ArrayView<float>, ArrayView<ushort>, ArrayView<ushort>>(RunFloat16);

    readonly Action<AcceleratorStream, KernelConfig, RotaryAppendShape, Vectors, ArrayView<int>, ArrayView<int>, ArrayView<float>,
        ArrayView<float>, ArrayView<ushort>, ArrayView<ushort>> brain = accelerator.LoadKernel<RotaryAppendShape, Vectors, ArrayView<int>,
        ArrayView<int>, ArrayView<float>, ArrayView<float>, ArrayView<ushort>, ArrayView<ushort>>(RunBFloat16);

    readonly int groupSize = GroupSize.AtMost(MaxGroupSize, accelerator);

    /// <summary>What rows are turned and normalised with; empty views where the family has none.</summary>
    /// <param name="Turns">Cosines and sines by position; [positions, headDim].</param>
    /// <param name="Bias">The fused product's bias; [row length] or empty.</param>
    /// <param name="QueryNorm">[headDim] or empty.</param>
    /// <param name="KeyNorm">[headDim] or empty, as <paramref name="QueryNorm"/>.</param>
    public readonly record struct Vectors(
        ArrayView<float> Turns, ArrayView<float> Bias, ArrayView<float> QueryNorm, ArrayView<float> KeyNorm);

    /// <summary>Handles <paramref name="rows"/> rows.</summary>
    /// <param name="stream">The stream to launch on.</param>
    /// <param name="rows">The rows; 1 to 65535.</param>
    /// <param name="shape">The sizes.</param>
    /// <param name="vectors">The rotary table and what the family adds.</param>
    /// <param name="committed">The committed tokens on the device; [1].</param>
    /// <param name="depths">The depth of each node; [first node + rows].</param>
    /// <param name="partials">The fused product.</param>
    /// <param name="queries">Receives the turned queries; [rows, heads, headDim].</param>
    /// <param name="keys">The layer's key cache; [slots, kvHeads, headDim].</param>
    /// <param name="values">The layer's value cache; as <paramref name="keys"/>.</param>
    /// <exception cref="ArgumentException">A view is too short.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A size is out of range.</exception>
    public void Launch(
        AcceleratorStream stream, int rows, in RotaryAppendShape shape, in Vectors vectors, ArrayView<int> committed,
        ArrayView<int> depths, ArrayView<float> partials, ArrayView<float> queries, DeviceNumbers keys, DeviceNumbers values)
    {
        KernelGuard.ThrowIfOutside(rows, 1, 65535);
        KernelGuard.ThrowIfOutside(shape.HeadDim, 2, TreeAttentionKernel.MaxHeadDim);
        KernelGuard.ThrowIfNotMultiple(shape.HeadDim, 2);
        KernelGuard.ThrowIfOutside(shape.Splits, 1, int.MaxValue);
        KernelGuard.ThrowIfOutside(shape.Committed, 0, int.MaxValue - shape.FirstNode - rows);
        KernelGuard.ThrowIfShorter(committed, 1, "count");
        KernelGuard.ThrowIfShorter(depths, shape.FirstNode + rows, "nodes");
        KernelGuard.ThrowIfShorter(partials, (long)shape.Splits * rows * shape.RowLength, "splits x rows x row length");
        KernelGuard.ThrowIfShorter(queries, (long)rows * shape.Heads * shape.HeadDim, "rows x heads x headDim");
        long slots = (long)shape.Committed + shape.FirstNode + rows;
        KernelGuard.ThrowIfShorter(keys, slots * shape.KvHeads * shape.HeadDim, "slots x kvHeads x headDim");
        KernelGuard.ThrowIfShorter(values, slots * shape.KvHeads * shape.HeadDim, "slots x kvHeads x headDim");
        KernelConfig config = (new Index2D(shape.Heads + 2 * shape.KvHeads, rows), new Index2D(groupSize, 1));
        switch (keys.Type)
        {
            case ElementType.F32:
                single(stream, config, shape, vectors, committed, depths, partials, queries, keys.Singles, values.Singles);
                break;
            case ElementType.F16:
                half(stream, config, shape, vectors, committed, depths, partials, queries, keys.Words, values.Words);
                break;
            case ElementType.BF16:
                brain(stream, config, shape, vectors, committed, depths, partials, queries, keys.Words, values.Words);
                break;
            default:
                throw DeviceNumbers.NoKernelFor(keys.Type);
        }
    }

    [KernelEntry(MaxGroupSize, maxRegisters: 64)]
    static void RunFloat32(
        RotaryAppendShape shape, Vectors vectors, ArrayView<int> committed, ArrayView<int> depths, ArrayView<float> partials,
        ArrayView<float> queries, ArrayView<float> keys, ArrayView<float> values) =>
        Append<float, Float32Format>(shape, vectors, committed[0], depths, partials, queries, keys, values);

    [KernelEntry(MaxGroupSize, maxRegisters: 64)]
    static void RunFloat16(
        RotaryAppendShape shape, Vectors vectors, ArrayView<int> committed, ArrayView<int> depths, ArrayView<float> partials,
        ArrayView<float> queries, ArrayView<ushort> keys, ArrayView<ushort> values) =>
        Append<ushort, Float16Format>(shape, vectors, committed[0], depths, partials, queries, keys, values);

    [KernelEntry(MaxGroupSize, maxRegisters: 64)]
    static void RunBFloat16(
        RotaryAppendShape shape, Vectors vectors, ArrayView<int> committed, ArrayView<int> depths, ArrayView<float> partials,
        ArrayView<float> queries, ArrayView<ushort> keys, ArrayView<ushort> values) =>
        Append<ushort, BFloat16Format>(shape, vectors, committed[0], depths, partials, queries, keys, values);

    static void Append<T, TFormat>(
        RotaryAppendShape shape, Vectors vectors, int committed, ArrayView<int> depths, ArrayView<float> partials, ArrayView<float> queries,
        ArrayView<T> keys, ArrayView<T> values)
        where T : unmanaged where TFormat : struct, IElementFormat<T>
    {
        ArrayView<float> head = SharedMemory.Allocate<float>(TreeAttentionKernel.MaxHeadDim);
        ArrayView<float> lanes = SharedMemory.Allocate<float>(GroupSum.Lanes);
        int index = Grid.IdxX, node = shape.FirstNode + Grid.IdxY;
        long row = (long)Grid.IdxY * shape.RowLength, step = (long)Grid.DimY * shape.RowLength;
        bool isQuery = index < shape.Heads, isValue = index >= shape.Heads + shape.KvHeads;
        for (int d = Group.IdxX; d < shape.HeadDim; d += Group.DimX)
        {
            int column = index * shape.HeadDim + d;
            float element = PartialSums.Of(partials, row + column, step, shape.Splits);
            head[d] = vectors.Bias.Length > 0 ? element + vectors.Bias[column] : element;
        }
        Group.Barrier();
        if (vectors.QueryNorm.Length > 0 && !isValue)
            Normalise(head, lanes, isQuery ? vectors.QueryNorm : vectors.KeyNorm, shape.HeadDim, shape.Epsilon);
        if (!isValue)
            Turn(head, vectors.Turns.SubView((long)(committed + depths[node]) * shape.HeadDim, shape.HeadDim), shape.HeadDim / 2);
        if (isQuery)
        {
            long at = ((long)Grid.IdxY * shape.Heads + index) * shape.HeadDim;
            for (int d = Group.IdxX; d < shape.HeadDim; d += Group.DimX)
                queries[at + d] = head[d];
            return;
        }
        int kvHead = isValue ? index - shape.Heads - shape.KvHeads : index - shape.Heads;
        long slot = ((long)(committed + node) * shape.KvHeads + kvHead) * shape.HeadDim;
        for (int d = Group.IdxX; d < shape.HeadDim; d += Group.DimX)
        {
            T stored = default(TFormat).FromFloat(head[d]);
            if (isValue)
                values[slot + d] = stored;
            else
                keys[slot + d] = stored;
        }
    }

    static void Normalise(ArrayView<float> head, ArrayView<float> lanes, ArrayView<float> weight, int size, float epsilon)
    {
        for (int lane = Group.IdxX; lane < GroupSum.Lanes; lane += Group.DimX)
            lanes[lane] = lane < size ? head[lane] * head[lane] : 0;
        float scale = 1 / XMath.Sqrt(GroupSum.Merge(lanes) / size + epsilon);
        for (int d = Group.IdxX; d < size; d += Group.DimX)
            head[d] = head[d] * scale * weight[d];
        Group.Barrier();
    }

    static void Turn(ArrayView<float> head, ArrayView<float> turn, int half)
    {
        for (int i = Group.IdxX; i < half; i += Group.DimX)
        {
            float x = head[i], y = head[i + half], cos = turn[i], sin = turn[i + half];
            head[i] = x * cos - y * sin;
            head[i + half] = y * cos + x * sin;
        }
        Group.Barrier();
    }
}
