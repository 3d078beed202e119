using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;

namespace Speculative;

/// <summary>
/// Tree attention, portable: plain to read, runs on every ILGPU accelerator, and the measure for every faster one. A node attends to the
/// committed tokens, its ancestors and itself, with soft-max(q . k / sqrt(headDim)) computed in one pass over the keys (running soft-max).
/// </summary>
/// <remarks>
/// <para>Layout: queries and output [new nodes, heads, headDim] f32, keys and values [slots, kvHeads, headDim] in f32, f16 or bf16, all
/// contiguous; depths and ancestors as <see cref="AncestorTableKernel"/> writes them. Grid: x = query head, y = new node; one group of 32
/// threads each. A thread scores one of 32 keys, then owns every 32nd element of the output.</para>
/// <para>Row-invariant: keys are visited in order of position, in blocks aligned to position (0-31, 32-63, ...), and no operation depends
/// on the tree beyond the node's own path. A node's row is the same bits alone, in a chain and in any tree, drafted or committed.</para>
/// <para>Cost: K and V are read once per node and query head; nothing is shared between nodes. Oracle: the tests'
/// TreeAttentionOracle.</para>
/// </remarks>
sealed class TreeAttentionKernel(Accelerator accelerator)
{
    /// <summary>The largest head.</summary>
    public const int MaxHeadDim = 256;

    const int KeyBlock = 32;

    readonly Action<AcceleratorStream, KernelConfig, TreeAttentionShape, float, ArrayView<int>, ArrayView<int>, ArrayView<int>,
        ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>> single = accelerator.LoadKernel<TreeAttentionShape, float,
        ArrayView<int>, ArrayView<int>, ArrayView<int>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>>(RunFloat32);

    readonly Action<AcceleratorStream, KernelConfig, TreeAttentionShape, float, ArrayView<int>, ArrayView<int>, ArrayView<int>,
        ArrayView<float>, ArrayView<ushort>, ArrayView<ushort>, ArrayView<float>> half = accelerator.LoadKernel<TreeAttentionShape, float,
        ArrayView<int>, ArrayView<int>, ArrayView<int>, ArrayView<float>, ArrayView<ushort>, ArrayView<ushort>, ArrayView<float>>(
        RunFloat16);

    readonly Action<AcceleratorStream, KernelConfig, TreeAttentionShape, float, ArrayView<int>, ArrayView<int>, ArrayView<int>,
        ArrayView<float>, ArrayView<ushort>, ArrayView<ushort>, ArrayView<float>> brain = accelerator.LoadKernel<TreeAttentionShape, float,
        ArrayView<int>, ArrayView<int>, ArrayView<int>, ArrayView<float>, ArrayView<ushort>, ArrayView<ushort>, ArrayView<float>>(
        RunBFloat16);

    readonly int groupSize = GroupSize.AtMost(KeyBlock, accelerator);

    /// <summary>Computes the rows of nodes <see cref="TreeAttentionShape.FirstNode"/> to <see cref="TreeAttentionShape.NodeCount"/> -
    /// 1.</summary>
    /// <param name="stream">The stream to launch on.</param>
    /// <param name="shape">The sizes.</param>
    /// <param name="committed">The committed tokens on the device; [1].</param>
    /// <param name="depths">The depth of each node; [nodes].</param>
    /// <param name="ancestors">The path of each node by depth; [nodes, stride].</param>
    /// <param name="queries">Rotated queries; [new nodes, heads, headDim].</param>
    /// <param name="keys">The key cache, the tree's own rows included; [slots, kvHeads, headDim].</param>
    /// <param name="values">The value cache; as <paramref name="keys"/>.</param>
    /// <param name="output">Receives the rows; [new nodes, heads, headDim].</param>
    /// <exception cref="ArgumentException">A view is too short, or the heads are no multiple of the KV heads.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A size is out of range.</exception>
    public void Launch(
        AcceleratorStream stream, in TreeAttentionShape shape, ArrayView<int> committed, ArrayView<int> depths, ArrayView<int> ancestors,
        ArrayView<float> queries, DeviceNumbers keys, DeviceNumbers values, ArrayView<float> output)
    {
        shape.ThrowIfInvalid();
        KernelGuard.ThrowIfShorter(committed, 1, "count");
        KernelGuard.ThrowIfShorter(depths, shape.NodeCount, "nodes");
        KernelGuard.ThrowIfShorter(ancestors, (long)shape.NodeCount * shape.AncestorStride, "nodes x stride");
        long slots = (long)shape.Committed + shape.NodeCount;
        KernelGuard.ThrowIfShorter(queries, (long)shape.Rows * shape.HeadDim, "new nodes x heads x headDim");
        KernelGuard.ThrowIfShorter(output, (long)shape.Rows * shape.HeadDim, "new nodes x heads x headDim");
        KernelGuard.ThrowIfShorter(keys, slots * shape.KvHeads * shape.HeadDim, "slots x kvHeads x headDim");
        KernelGuard.ThrowIfShorter(values, slots * shape.KvHeads * shape.HeadDim, "slots x kvHeads x headDim");
        float scale = 1 / MathF.Sqrt(shape.HeadDim);
        KernelConfig groups = (new Index2D(shape.Heads, shape.NodeCount - shape.FirstNode), new Index2D(groupSize, 1));
        switch (keys.Type)
        {
            case ElementType.F32:
                single(stream, groups, shape, scale, committed, depths, ancestors, queries, keys.Singles, values.Singles, output);
                break;
            case ElementType.F16:
                half(stream, groups, shape, scale, committed, depths, ancestors, queries, keys.Words, values.Words, output);
                break;
            case ElementType.BF16:
                brain(stream, groups, shape, scale, committed, depths, ancestors, queries, keys.Words, values.Words, output);
                break;
            default:
                throw DeviceNumbers.NoKernelFor(keys.Type);
        }
    }

    [KernelEntry(groupSize: KeyBlock, maxRegisters: 64)]
    static void RunFloat32(
        TreeAttentionShape shape, float scale, ArrayView<int> committed, ArrayView<int> depths, ArrayView<int> ancestors,
        ArrayView<float> queries, ArrayView<float> keys, ArrayView<float> values, ArrayView<float> output) =>
        Attend<float, Float32Format>(shape.With(committed), scale, depths, ancestors, queries, keys, values, output);

    [KernelEntry(groupSize: KeyBlock, maxRegisters: 64)]
    static void RunFloat16(
        TreeAttentionShape shape, float scale, ArrayView<int> committed, ArrayView<int> depths, ArrayView<int> ancestors,
        ArrayView<float> queries, ArrayView<ushort> keys, ArrayView<ushort> values, ArrayView<float> output) =>
        Attend<ushort, Float16Format>(shape.With(committed), scale, depths, ancestors, queries, keys, values, output);

    [KernelEntry(groupSize: KeyBlock, maxRegisters: 64)]
    static void RunBFloat16(
        TreeAttentionShape shape, float scale, ArrayView<int> committed, ArrayView<int> depths, ArrayView<int> ancestors,
        ArrayView<float> queries, ArrayView<ushort> keys, ArrayView<ushort> values, ArrayView<float> output) =>
        Attend<ushort, BFloat16Format>(shape.With(committed), scale, depths, ancestors, queries, keys, values, output);

    static void Attend<T, TFormat>(
        TreeAttentionShape shape, float scale, ArrayView<int> depths, ArrayView<int> ancestors,
        ArrayView<float> queries, ArrayView<T> keys, ArrayView<T> values, ArrayView<float> output)
        where T : unmanaged where TFormat : struct, IElementFormat<T>
    {
        ArrayView<float> accumulator = SharedMemory.Allocate<float>(MaxHeadDim);
        ArrayView<float> scores = SharedMemory.Allocate<float>(KeyBlock);
        ArrayView<float> weights = SharedMemory.Allocate<float>(KeyBlock);
        int thread = Group.IdxX;
        int node = shape.FirstNode + Grid.IdxY;
        int kvHead = Grid.IdxX / (shape.Heads / shape.KvHeads);
        long row = ((long)Grid.IdxY * shape.Heads + Grid.IdxX) * shape.HeadDim;
        ArrayView<float> query = queries.SubView(row, shape.HeadDim);
        ArrayView<int> path = ancestors.SubView((long)node * shape.AncestorStride, shape.AncestorStride);
        int last = shape.Committed + depths[node];
        for (int d = thread; d < shape.HeadDim; d += Group.DimX)
            accumulator[d] = 0;
        float max = float.NegativeInfinity, sum = 0;
        for (int first = 0; first <= last; first += KeyBlock)
        {
            int count = Math.Min(KeyBlock, last - first + 1);
            for (int j = thread; j < count; j += Group.DimX)
                scores[j] = scale * Dot<T, TFormat>(query, keys, KeyOffset(shape, path, first + j, kvHead), shape.HeadDim);
            Group.Barrier();
            float newMax = max;
            for (int j = 0; j < count; j++)
                newMax = Math.Max(newMax, scores[j]);
            for (int j = thread; j < count; j += Group.DimX)
                weights[j] = XMath.Exp(scores[j] - newMax);
            float rescale = XMath.Exp(max - newMax);
            max = newMax;
            Group.Barrier();
            sum *= rescale;
            for (int j = 0; j < count; j++)
                sum += weights[j];
            for (int d = thread; d < shape.HeadDim; d += Group.DimX)
            {
                float total = accumulator[d] * rescale;
                for (int j = 0; j < count; j++)
                    total += weights[j] * default(TFormat).ToFloat(values[KeyOffset(shape, path, first + j, kvHead) + d]);
                accumulator[d] = total;
            }
        }
        for (int d = thread; d < shape.HeadDim; d += Group.DimX)
            output[row + d] = accumulator[d] / sum;
    }

    // Slots and positions differ: beyond the committed tokens a position is one of the node's own ancestors.
    static long KeyOffset(TreeAttentionShape shape, ArrayView<int> path, int position, int kvHead)
    {
        int slot = position < shape.Committed ? position : shape.Committed + path[position - shape.Committed];
        return ((long)slot * shape.KvHeads + kvHead) * shape.HeadDim;
    }

    static float Dot<T, TFormat>(ArrayView<float> query, ArrayView<T> keys, long offset, int headDim)
        where T : unmanaged where TFormat : struct, IElementFormat<T>
    {
        float total = 0;
        for (int d = 0; d < headDim; d++)
            total += query[d] * default(TFormat).ToFloat(keys[offset + d]);
        return total;
    }
}
