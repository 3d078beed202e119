using ILGPU;
using ILGPU.Runtime;

namespace Speculative;

/// <summary>
/// Tree attention, the second of two kernels: each row's tail, the 65 to 128 positions up to its node (<see cref="AttentionSplits"/>), read
/// by position through the ancestor table, and the sum of the tail with the splits that <see cref="BlockAttentionKernel"/> left. Portable;
/// heads of 64 or 128, cache in bf16 or f16.
/// </summary>
/// <remarks>
/// <para>Layout: queries and output [new nodes, heads, headDim] f32, cache [slots, kvHeads, headDim] in chunks of eight elements, depths
/// and ancestors as <see cref="AncestorTableKernel"/> writes them, partials and stats as the first kernel does. Grid: rows ordered by KV
/// head, then node, then query head, so that the rows of a group read the same keys from the cache near them; one warp a row. Scores:
/// four lanes a key, a quarter of its chunks each. Values: a lane owns a chunk of the output, and every 2nd or 4th key and split.</para>
/// <para>Row-invariant: which lane adds what, and in which order, follows from the positions of query and key. Cost: a tail a row, from L1
/// and L2 but for the first reader, and one read of the partial results. Oracle: <see cref="TreeAttentionKernel"/>. Not run on hardware
/// yet.</para>
/// </remarks>
sealed class TailAttentionKernel
{
    const int MaxWarps = 8, QueryPitch = 128;

    readonly Action<AcceleratorStream, KernelConfig, TreeAttentionShape, ArrayView<int>, ArrayView<int>, ArrayView<int>,
        ArrayView<ElementQuad>, ArrayView<Fragment>, ArrayView<Fragment>, ArrayView<ElementQuad>, ArrayView<RowPair>, int,
        ArrayView<Fragment>> kernel;

    readonly int groupSize;

    readonly ElementType format;

    /// <summary>Compiles the kernel for one cache format.</summary>
    /// <param name="accelerator">An accelerator with warps of 32 threads.</param>
    /// <param name="format">BF16 or F16.</param>
    /// <exception cref="NotSupportedException">The accelerator or the format has no such kernel.</exception>
    public TailAttentionKernel(Accelerator accelerator, ElementType format)
    {
        ThrowIfUnsupported(accelerator, format);
        this.format = format;
        groupSize = Math.Min(MaxWarps, accelerator.MaxNumThreadsPerGroup / 32) * 32;
        kernel = accelerator.LoadKernel<TreeAttentionShape, ArrayView<int>, ArrayView<int>, ArrayView<int>, ArrayView<ElementQuad>,
            ArrayView<Fragment>, ArrayView<Fragment>, ArrayView<ElementQuad>, ArrayView<RowPair>, int, ArrayView<Fragment>>(
            format == ElementType.BF16 ? RunBFloat16 : RunFloat16);
    }

    /// <summary>Computes the rows.</summary>
    /// <param name="stream">The stream to launch on.</param>
    /// <param name="shape">The sizes; heads of 64 or 128.</param>
    /// <param name="maxDepth">No node is deeper; at most <see cref="AttentionSplits.MaxDepth"/>.</param>
    /// <param name="committed">The committed tokens on the device; [1].</param>
    /// <param name="depths">The depth of each node; [nodes].</param>
    /// <param name="ancestors">The path of each node by depth; [nodes, stride].</param>
    /// <param name="queries">Rotated queries; [new nodes, heads, headDim].</param>
    /// <param name="keys">The key cache, the tree's own rows included; [slots, kvHeads, headDim / 8].</param>
    /// <param name="values">The value cache; as <paramref name="keys"/>.</param>
    /// <param name="partials">The first kernel's; [splits, new nodes x heads, headDim].</param>
    /// <param name="stats">The first kernel's; [splits, new nodes x heads].</param>
    /// <param name="output">Receives the rows, in F32 or in the cache's format; [new nodes, heads, headDim].</param>
    /// <exception cref="ArgumentException">A view is too short, or the heads are no multiple of the KV heads.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A size is out of range.</exception>
    public void Launch(
        AcceleratorStream stream, in TreeAttentionShape shape, int maxDepth, ArrayView<int> committed, ArrayView<int> depths,
        ArrayView<int> ancestors, ArrayView<float> queries, ArrayView<Fragment> keys, ArrayView<Fragment> values, ArrayView<float> partials,
        ArrayView<RowPair> stats, DeviceNumbers output)
    {
        ThrowIfInvalid(shape, maxDepth, committed, depths, queries, keys, values, partials, stats, output, format);
        KernelGuard.ThrowIfShorter(ancestors, (long)shape.NodeCount * shape.AncestorStride, "nodes x stride");
        kernel(stream, ((shape.Rows * 32 - 1) / groupSize + 1, groupSize), shape, committed, depths, ancestors, queries.Cast<ElementQuad>(),
            keys, values, partials.Cast<ElementQuad>(), stats, output.Size, output.Bytes.Cast<Fragment>());
    }

    /// <summary>Throws unless the accelerator has warps of 32 threads and the cache 16 bits.</summary>
    /// <exception cref="NotSupportedException">One of them is not so.</exception>
    public static void ThrowIfUnsupported(Accelerator accelerator, ElementType format)
    {
        if (accelerator.WarpSize != 32 || format is not (ElementType.BF16 or ElementType.F16))
            throw new NotSupportedException(
                $"Tail attention needs warps of 32 threads and a cache in BF16 or F16, got {accelerator.WarpSize} and {format}.");
    }

    /// <summary>Throws unless sizes and views fit each other, whatever says which keys a row sees.</summary>
    /// <exception cref="ArgumentException">A view is too short, or the heads are no multiple of the KV heads.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A size is out of range.</exception>
    /// <exception cref="NotSupportedException">The output is neither in F32 nor in the kernel's format.</exception>
    public static void ThrowIfInvalid(
        in TreeAttentionShape shape, int maxDepth, ArrayView<int> committed, ArrayView<int> depths, ArrayView<float> queries,
        ArrayView<Fragment> keys, ArrayView<Fragment> values, ArrayView<float> partials, ArrayView<RowPair> stats,
        DeviceNumbers output, ElementType format)
    {
        if (output.Type != ElementType.F32 && output.Type != format)
            throw DeviceNumbers.NoKernelFor(output.Type);
        shape.ThrowIfInvalid();
        KernelGuard.ThrowIfOutside(maxDepth, 0, Math.Min(AttentionSplits.MaxDepth, shape.NodeCount - 1));
        KernelGuard.ThrowIfOutside(shape.HeadDim, 64, QueryPitch);
        KernelGuard.ThrowIfNotMultiple(shape.HeadDim, 64);
        int splits = BlockAttentionKernel.Splits(shape.Committed + maxDepth);
        long elements = (long)shape.Rows * shape.HeadDim;
        long chunks = ((long)shape.Committed + shape.NodeCount) * shape.KvHeads * shape.HeadDim / 8;
        KernelGuard.ThrowIfShorter(committed, 1, "count");
        KernelGuard.ThrowIfShorter(depths, shape.NodeCount, "nodes");
        KernelGuard.ThrowIfShorter(queries, elements, "new nodes x heads x headDim");
        KernelGuard.ThrowIfShorter(keys, chunks, "slots x kvHeads x headDim / 8");
        KernelGuard.ThrowIfShorter(values, chunks, "slots x kvHeads x headDim / 8");
        KernelGuard.ThrowIfShorter(partials, splits * elements, "splits x rows x headDim");
        KernelGuard.ThrowIfShorter(stats, (long)splits * shape.Rows, "splits x rows");
        KernelGuard.ThrowIfShorter(output, elements, "new nodes x heads x headDim");
    }

    [KernelEntry(32 * MaxWarps, maxRegisters: 64, Instructions = ["LDG.E.128"])]
    static void RunBFloat16(
        TreeAttentionShape s, ArrayView<int> c, ArrayView<int> d, ArrayView<int> a, ArrayView<ElementQuad> q, ArrayView<Fragment> k,
        ArrayView<Fragment> v, ArrayView<ElementQuad> p, ArrayView<RowPair> m, int b, ArrayView<Fragment> y) =>
        Attend<BFloat16Format>(s.With(c), d, a, q, k, v, p, m, b, y);

    [KernelEntry(32 * MaxWarps, maxRegisters: 64, Instructions = ["LDG.E.128"])]
    static void RunFloat16(
        TreeAttentionShape s, ArrayView<int> c, ArrayView<int> d, ArrayView<int> a, ArrayView<ElementQuad> q, ArrayView<Fragment> k,
        ArrayView<Fragment> v, ArrayView<ElementQuad> p, ArrayView<RowPair> m, int b, ArrayView<Fragment> y) =>
        Attend<Float16Format>(s.With(c), d, a, q, k, v, p, m, b, y);

    static void Attend<TFormat>(
        TreeAttentionShape shape, ArrayView<int> depths, ArrayView<int> ancestors, ArrayView<ElementQuad> queries,
        ArrayView<Fragment> keys, ArrayView<Fragment> values, ArrayView<ElementQuad> partials, ArrayView<RowPair> stats,
        int elementBytes, ArrayView<Fragment> output)
        where TFormat : struct, IHalfFormat
    {
        ArrayView<ElementQuad> queryRows = SharedMemory.Allocate<ElementQuad>(MaxWarps * QueryPitch / 4);
        ArrayView<float> weightRows = SharedMemory.Allocate<float>(MaxWarps * AttentionSplits.MaxTail);
        int lane = Group.IdxX & 31, warp = Group.IdxX >> 5, place = Grid.IdxX * (Group.DimX >> 5) + warp;
        if (place >= shape.Rows)
            return;
        TailRow row = TailRow.At(place, shape, depths);
        ArrayView<int> path = ancestors.SubView((long)row.Node * shape.AncestorStride, shape.AncestorStride);
        int chunks = shape.HeadDim / 8, quads = shape.HeadDim / 4;
        ArrayView<ElementQuad> query = queryRows.SubView(warp * QueryPitch / 4, QueryPitch / 4);
        ArrayView<float> weights = weightRows.SubView(warp * AttentionSplits.MaxTail, AttentionSplits.MaxTail);
        if (lane < quads)
            query[lane] = queries[(long)row.Index * quads + lane];
        Warp.Barrier();
        float scale = AttentionSplits.Scale(shape.HeadDim);
        for (int first = 0; first < row.Count; first += 8)
        {
            int key = first + (lane >> 2);
            float sum = 0;
            if (key < row.Count)
                for (int chunk = lane & 3; chunk < chunks; chunk += 4)
                    sum = ElementOctet.Of<TFormat>(keys[row.Chunk(key, shape, chunks, path) + chunk])
                        .Dot(new(query[2 * chunk], query[2 * chunk + 1]), sum);
            sum += Warp.ShuffleXor(sum, 1);
            sum += Warp.ShuffleXor(sum, 2);
            if (key < row.Count && (lane & 3) == 0)
                weights[key] = sum * scale;
        }
        Warp.Barrier();
        RowPair scaling = TailSums.Weigh(row, weights, stats, shape.Rows, lane);
        ElementOctet sums = TailSums.OfSplits(row, partials, stats, shape.Rows, chunks, scaling.Upper, lane);
        for (int key = lane / chunks; key < row.Count; key += 32 / chunks)
            sums = sums.Plus(
                weights[key], ElementOctet.Of<TFormat>(values[row.Chunk(key, shape, chunks, path) + lane % chunks]));
        TailSums.Store<TFormat>(sums, scaling.Lower, row, output, elementBytes, chunks, lane);
    }
}
