using ILGPU;
using ILGPU.Runtime;

namespace Speculative;

/// <summary>
/// <see cref="TailAttentionKernel"/> for a large tree that is laid out depth first, and the same bits: keys and values come in tiles of 32
/// slots that all rows of a group share, tiles that no row of the group needs are skipped, and the end of each row's subtree says who
/// descends from whom. Portable; heads of 64 or 128, cache in bf16 or f16.
/// </summary>
/// <remarks>
/// <para>Layout: as the other kernel's, but for the ancestors: ends [nodes], the row after each row's subtree, and tile ends, the largest
/// end of each 32 rows. Ancestors ascend with depth, so slots in ascending order are positions in ascending order: a warp first lists the
/// slots of its row's tail, then adds what the other kernel adds, in its order, tile by tile. Grid: x = rows of a KV head in the order
/// node, query head, y = KV head; one warp a row.</para>
/// <para>Cost: a group reads each needed key and value once from L2, and pays with two barriers a tile; the other kernel's rows meet them
/// in L1 if they are still there. Source: DySpec, arXiv 2410.11744. Oracle: <see cref="TailAttentionKernel"/>, bit for bit. Not run on
/// hardware yet.</para>
/// </remarks>
sealed class SubtreeAttentionKernel
{
    const int MaxWarps = 16, QueryPitch = 128;

    readonly Action<AcceleratorStream, KernelConfig, TreeAttentionShape, ArrayView<int>, ArrayView<int>, ArrayView<int>, ArrayView<int>,
        ArrayView<ElementQuad>, ArrayView<Fragment>, ArrayView<Fragment>, ArrayView<ElementQuad>, ArrayView<RowPair>, int,
        ArrayView<Fragment>> kernel;

    readonly int warps;

    readonly ElementType format;

    /// <summary>Compiles the kernel for one cache format.</summary>
    /// <param name="accelerator">An accelerator with warps of 32 threads.</param>
    /// <param name="format">BF16 or F16.</param>
    /// <exception cref="NotSupportedException">The accelerator or the format has no such kernel.</exception>
    public SubtreeAttentionKernel(Accelerator accelerator, ElementType format)
    {
        TailAttentionKernel.ThrowIfUnsupported(accelerator, format);
        this.format = format;
        warps = Math.Min(MaxWarps, accelerator.MaxNumThreadsPerGroup / 32);
        kernel = accelerator.LoadKernel<TreeAttentionShape, ArrayView<int>, ArrayView<int>, ArrayView<int>, ArrayView<int>,
            ArrayView<ElementQuad>, ArrayView<Fragment>, ArrayView<Fragment>, ArrayView<ElementQuad>, ArrayView<RowPair>, int,
            ArrayView<Fragment>>(
            format == ElementType.BF16 ? RunBFloat16 : RunFloat16);
    }

    /// <summary>Computes the rows.</summary>
    /// <param name="stream">The stream to launch on.</param>
    /// <param name="shape">The sizes; heads of 64 or 128.</param>
    /// <param name="maxDepth">No node is deeper; at most <see cref="AttentionSplits.MaxDepth"/>.</param>
    /// <param name="committed">The committed tokens on the device; [1].</param>
    /// <param name="depths">The depth of each node; [nodes].</param>
    /// <param name="ends">The row after each row's subtree; [nodes of the whole tree].</param>
    /// <param name="tileEnds">The largest end of each <see cref="SubtreeTile.Slots"/> rows; [tiles].</param>
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
        ArrayView<int> ends, ArrayView<int> tileEnds, ArrayView<float> queries, ArrayView<Fragment> keys, ArrayView<Fragment> values,
        ArrayView<float> partials, ArrayView<RowPair> stats, DeviceNumbers output)
    {
        TailAttentionKernel.ThrowIfInvalid(
            shape, maxDepth, committed, depths, queries, keys, values, partials, stats, output, format);
        KernelGuard.ThrowIfShorter(ends, shape.NodeCount, "nodes");
        KernelGuard.ThrowIfShorter(tileEnds, (shape.NodeCount - 1) / SubtreeTile.Slots + 1, "nodes / 32");
        KernelConfig groups = (new Index2D((shape.Rows / shape.KvHeads - 1) / warps + 1, shape.KvHeads), new Index2D(32 * warps, 1));
        kernel(stream, groups, shape, committed, depths, ends, tileEnds, queries.Cast<ElementQuad>(), keys, values,
            partials.Cast<ElementQuad>(), stats, output.Size, output.Bytes.Cast<Fragment>());
    }

    [KernelEntry(32 * MaxWarps, maxRegisters: 64, Instructions = ["LDG.E.128", "LDS.128"])]
    static void RunBFloat16(
        TreeAttentionShape s, ArrayView<int> c, ArrayView<int> d, ArrayView<int> e, ArrayView<int> t, ArrayView<ElementQuad> q,
        ArrayView<Fragment> k, ArrayView<Fragment> v, ArrayView<ElementQuad> p, ArrayView<RowPair> m, int b, ArrayView<Fragment> y) =>
        Attend<BFloat16Format>(s.With(c), d, e, t, q, k, v, p, m, b, y);

    [KernelEntry(32 * MaxWarps, maxRegisters: 64, Instructions = ["LDG.E.128", "LDS.128"])]
    static void RunFloat16(
        TreeAttentionShape s, ArrayView<int> c, ArrayView<int> d, ArrayView<int> e, ArrayView<int> t, ArrayView<ElementQuad> q,
        ArrayView<Fragment> k, ArrayView<Fragment> v, ArrayView<ElementQuad> p, ArrayView<RowPair> m, int b, ArrayView<Fragment> y) =>
        Attend<Float16Format>(s.With(c), d, e, t, q, k, v, p, m, b, y);

    static void Attend<TFormat>(
        TreeAttentionShape shape, ArrayView<int> depths, ArrayView<int> ends, ArrayView<int> tileEnds, ArrayView<ElementQuad> queries,
        ArrayView<Fragment> keys, ArrayView<Fragment> values, ArrayView<ElementQuad> partials, ArrayView<RowPair> stats,
        int elementBytes, ArrayView<Fragment> output)
        where TFormat : struct, IHalfFormat
    {
        ArrayView<ElementQuad> queryRows = SharedMemory.Allocate<ElementQuad>(MaxWarps * QueryPitch / 4);
        ArrayView<float> weightRows = SharedMemory.Allocate<float>(MaxWarps * AttentionSplits.MaxTail);
        ArrayView<int> slotRows = SharedMemory.Allocate<int>(MaxWarps * AttentionSplits.MaxTail);
        ArrayView<Fragment> stage = SharedMemory.Allocate<Fragment>(SubtreeTile.Slots * QueryPitch / 8);
        int lane = Group.IdxX & 31, warp = Group.IdxX >> 5, groupRows = Group.DimX >> 5, place = Grid.IdxX * groupRows + warp;
        int shared = shape.Heads / shape.KvHeads, rows = shape.Rows / shape.KvHeads, chunks = shape.HeadDim / 8, quads = shape.HeadDim / 4;
        TailRow row = place < rows ? TailRow.At(Grid.IdxY * rows + place, shape, depths) : TailRow.None;
        // The rows of the tree that this group computes, and the slots that they may see.
        int firstRow = shape.FirstNode + Grid.IdxX * groupRows / shared;
        int lastRow = shape.FirstNode + (IntrinsicMath.Min((Grid.IdxX + 1) * groupRows, rows) - 1) / shared;
        int begin = AttentionSplits.Blocks(shape.Committed) * AttentionSplits.Block, end = shape.Committed + lastRow + 1;
        ArrayView<ElementQuad> query = queryRows.SubView(warp * QueryPitch / 4, QueryPitch / 4);
        ArrayView<float> weights = weightRows.SubView(warp * AttentionSplits.MaxTail, AttentionSplits.MaxTail);
        ArrayView<int> slots = slotRows.SubView(warp * AttentionSplits.MaxTail, AttentionSplits.MaxTail);
        if (lane < quads && row.Index >= 0)
            query[lane] = queries[(long)row.Index * quads + lane];
        for (SubtreeTile tile = SubtreeTile.At(begin, shape.Committed, end); tile.Slot < end;
            tile = SubtreeTile.At(tile.End, shape.Committed, end))
        {
            int slot = tile.Slot + lane;
            int key = slot < tile.End && tile.IsNeeded(shape.Committed, tileEnds, firstRow) ? row.KeyIn(slot, shape, depths, ends) : -1;
            if (key >= 0)
                slots[key] = slot;
        }
        Warp.Barrier();
        float scale = AttentionSplits.Scale(shape.HeadDim);
        int step = 0;
        for (SubtreeTile tile = SubtreeTile.At(begin, shape.Committed, end); tile.Slot < end;
            tile = SubtreeTile.At(tile.End, shape.Committed, end))
        {
            if (!tile.IsNeeded(shape.Committed, tileEnds, firstRow))
                continue;
            tile.Stage(keys, stage, Grid.IdxY, shape.KvHeads, chunks);
            Group.Barrier();
            int first = step; // eight keys that go on in the next tile are met there again
            for (; first < row.Count && slots[first] < tile.End; first += 8)
            {
                int key = first + (lane >> 2), at = key < row.Count ? slots[key] - tile.Slot : -1;
                bool isStaged = at >= 0 && at < tile.End - tile.Slot;
                float sum = 0;
                if (isStaged)
                    for (int chunk = lane & 3; chunk < chunks; chunk += 4)
                        sum = ElementOctet.Of<TFormat>(stage[SubtreeTile.Place(at, chunk, chunks)])
                            .Dot(new(query[2 * chunk], query[2 * chunk + 1]), sum);
                sum += Warp.ShuffleXor(sum, 1);
                sum += Warp.ShuffleXor(sum, 2);
                if (isStaged && (lane & 3) == 0)
                    weights[key] = sum * scale;
            }
            step = first > step ? first - 8 : step;
            Group.Barrier();
        }
        Warp.Barrier();
        RowPair scaling = TailSums.Weigh(row, weights, stats, shape.Rows, lane);
        ElementOctet sums = TailSums.OfSplits(row, partials, stats, shape.Rows, chunks, scaling.Upper, lane);
        int own = lane / chunks;
        for (SubtreeTile tile = SubtreeTile.At(begin, shape.Committed, end); tile.Slot < end;
            tile = SubtreeTile.At(tile.End, shape.Committed, end))
        {
            if (!tile.IsNeeded(shape.Committed, tileEnds, firstRow))
                continue;
            tile.Stage(values, stage, Grid.IdxY, shape.KvHeads, chunks);
            Group.Barrier();
            for (; own < row.Count && slots[own] < tile.End; own += 32 / chunks)
                sums = sums.Plus(
                    weights[own], ElementOctet.Of<TFormat>(stage[SubtreeTile.Place(slots[own] - tile.Slot, lane % chunks, chunks)]));
            Group.Barrier();
        }
        TailSums.Store<TFormat>(sums, scaling.Lower, row, output, elementBytes, chunks, lane);
    }
}
