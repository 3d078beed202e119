using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;

namespace Speculative;

/// <summary>
/// Tree attention on tensor cores, the first of two kernels: every node against the committed blocks before its tail
/// (<see cref="AttentionSplits"/>). One read of keys and values serves all nodes and all query heads of a KV head; running soft-max, no
/// mask: a block is seen by a row or it is not. CUDA (sm_80 and later), heads of 64 or 128, cache in bf16 or f16.
/// <see cref="TailAttentionKernel"/> adds the tail and joins the splits; <see cref="TreeAttentionKernel"/> is the measure of both.
/// </summary>
/// <remarks>
/// <para>Layout: queries [new nodes, heads, headDim] f32, cache [slots, kvHeads, headDim] in chunks of eight elements, partials [splits,
/// new nodes x heads, headDim] not divided by their sums, stats [splits, new nodes x heads] (maximum in powers of two, sum). Grid: x =
/// tile of rows, y = KV head, z = split, the longest first. Rows of a KV head are its nodes x query heads; a warp owns 16 of them, a
/// group of four warps 64.</para>
/// <para>A warp keeps its queries, scores and output in registers. The group brings 64 keys, then their values, to shared memory,
/// through registers: keys are under way while the values before them are multiplied, and values while the keys are. (cp.async would spare
/// the registers, but in its presence ptxas keeps the operands of inline PTX in local memory.) Scores are q k^T by mma.m16n8k16; as
/// weights they are the A operand of the product with the values, which ldmatrix.trans loads.</para>
/// <para>Row-invariant as the product kernel is: an element of a product depends neither on its row in the tile nor on other rows, and
/// blocks and splits follow from positions alone. Cost: K and V once a tile of rows, tiles side by side so that all but one read meet the
/// cache. Not run on hardware yet.</para>
/// </remarks>
sealed class BlockAttentionKernel
{
    const int GroupRows = TileChunks.Threads / 2;

    // The lowest maximum: finite, so that a row which saw nothing yet is scaled by 2^0 and not by a NaN.
    const float Lowest = -1e30f;

    readonly Action<AcceleratorStream, KernelConfig, TreeAttentionShape, int, ArrayView<int>, ArrayView<int>, ArrayView<float>,
        ArrayView<Fragment>, ArrayView<Fragment>, ArrayView<float>, ArrayView<RowPair>> kernel;

    /// <summary>Compiles the kernel for one head size and cache format.</summary>
    /// <param name="accelerator">A CUDA accelerator.</param>
    /// <param name="headDim">64 or 128.</param>
    /// <param name="format">BF16 or F16.</param>
    /// <exception cref="NotSupportedException">The accelerator, head size or format has no such kernel.</exception>
    public BlockAttentionKernel(Accelerator accelerator, int headDim, ElementType format)
        : this(Load(accelerator, headDim, format))
    {
    }

    /// <summary>Launches a kernel that was compiled elsewhere: the tests' twin.</summary>
    internal BlockAttentionKernel(
        Action<AcceleratorStream, KernelConfig, TreeAttentionShape, int, ArrayView<int>, ArrayView<int>, ArrayView<float>,
            ArrayView<Fragment>, ArrayView<Fragment>, ArrayView<float>, ArrayView<RowPair>> kernel) => this.kernel = kernel;

    /// <summary>Whether there is a kernel for a head size and cache format on an accelerator.</summary>
    public static bool Supports(Accelerator accelerator, int headDim, ElementType format) =>
        accelerator.AcceleratorType == AcceleratorType.Cuda && headDim is 64 or 128 && format is ElementType.BF16 or ElementType.F16;

    /// <summary>The splits of a pass whose deepest node lies at <paramref name="position"/>.</summary>
    public static int Splits(int position) => AttentionSplits.Splits(AttentionSplits.Blocks(position));

    /// <summary>Computes the partial results of all rows; without a committed block, nothing.</summary>
    /// <param name="stream">The stream to launch on.</param>
    /// <param name="shape">The sizes; the head size that the kernel was compiled for.</param>
    /// <param name="maxDepth">No node is deeper; at most <see cref="AttentionSplits.MaxDepth"/>.</param>
    /// <param name="committed">The committed tokens on the device; [1].</param>
    /// <param name="depths">The depth of each node; [nodes].</param>
    /// <param name="queries">Rotated queries; [new nodes, heads, headDim].</param>
    /// <param name="keys">The key cache; [slots, kvHeads, headDim / 8].</param>
    /// <param name="values">The value cache; as <paramref name="keys"/>.</param>
    /// <param name="partials">Receives the partial results; [<see cref="Splits"/>, new nodes x heads, headDim].</param>
    /// <param name="stats">Receives maximum and sum; [<see cref="Splits"/>, new nodes x heads].</param>
    /// <exception cref="ArgumentException">A view is too short, or the heads are no multiple of the KV heads.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A size is out of range.</exception>
    public void Launch(
        AcceleratorStream stream, in TreeAttentionShape shape, int maxDepth, ArrayView<int> committed, ArrayView<int> depths,
        ArrayView<float> queries, ArrayView<Fragment> keys, ArrayView<Fragment> values, ArrayView<float> partials, ArrayView<RowPair> stats)
    {
        shape.ThrowIfInvalid();
        KernelGuard.ThrowIfOutside(maxDepth, 0, Math.Min(AttentionSplits.MaxDepth, shape.NodeCount - 1));
        int blocks = AttentionSplits.Blocks(shape.Committed + maxDepth), splits = AttentionSplits.Splits(blocks), rows = shape.Rows;
        int blockChunks = AttentionSplits.Block * shape.KvHeads * shape.HeadDim / 8;
        KernelGuard.ThrowIfOutside(blocks, 0, int.MaxValue / blockChunks); // places in the cache are counted in 32 bits
        long chunks = (long)blocks * blockChunks;
        KernelGuard.ThrowIfShorter(committed, 1, "count");
        KernelGuard.ThrowIfShorter(depths, shape.NodeCount, "nodes");
        KernelGuard.ThrowIfShorter(queries, (long)rows * shape.HeadDim, "new nodes x heads x headDim");
        KernelGuard.ThrowIfShorter(keys, chunks, "committed slots x kvHeads x headDim / 8");
        KernelGuard.ThrowIfShorter(values, chunks, "committed slots x kvHeads x headDim / 8");
        KernelGuard.ThrowIfShorter(partials, (long)splits * rows * shape.HeadDim, "splits x rows x headDim");
        KernelGuard.ThrowIfShorter(stats, (long)splits * rows, "splits x rows");
        if (splits == 0)
            return;
        int tiles = (rows / shape.KvHeads - 1) / GroupRows + 1;
        KernelConfig groups = (new Index3D(tiles, shape.KvHeads, splits), new Index3D(TileChunks.Threads, 1, 1));
        kernel(stream, groups, shape, maxDepth, committed, depths, queries, keys, values, partials, stats);
    }

    static Action<AcceleratorStream, KernelConfig, TreeAttentionShape, int, ArrayView<int>, ArrayView<int>, ArrayView<float>,
        ArrayView<Fragment>, ArrayView<Fragment>, ArrayView<float>, ArrayView<RowPair>> Load(
        Accelerator accelerator, int headDim, ElementType format)
    {
        if (!Supports(accelerator, headDim, format))
            throw new NotSupportedException(
                "Tensor-core attention needs CUDA, heads of 64 or 128 and a cache in BF16 or F16, " +
                $"got {accelerator.AcceleratorType}, {headDim} and {format}.");
        return accelerator.LoadKernel<TreeAttentionShape, int, ArrayView<int>, ArrayView<int>, ArrayView<float>, ArrayView<Fragment>,
            ArrayView<Fragment>, ArrayView<float>, ArrayView<RowPair>>((headDim, format) switch
            {
                (64, ElementType.BF16) => RunBFloat16Of64,
                (64, _) => RunFloat16Of64,
                (_, ElementType.BF16) => RunBFloat16Of128,
                _ => RunFloat16Of128,
            });
    }

    [KernelEntry(
        TileChunks.Threads, maxRegisters: 255, Instructions = ["HMMA.16816.F32.BF16", "LDSM.16.M88.4", "LDSM.16.MT88.4", "LDG.E.128"])]
    static void RunBFloat16Of128(
        TreeAttentionShape s, int b, ArrayView<int> c, ArrayView<int> d, ArrayView<float> q, ArrayView<Fragment> k, ArrayView<Fragment> v,
        ArrayView<float> p, ArrayView<RowPair> m) =>
        Attend<CudaTensorCore<BFloat16Format>, QueryTilePair<QueryTilePair<QueryTilePair<QueryTile16>>>,
            AttentionTilePair<AttentionTilePair<AttentionTilePair<AttentionTile16>>>>(s, b, c, d, q, k, v, p, m);

    [KernelEntry(
        TileChunks.Threads, maxRegisters: 255, Instructions = ["HMMA.16816.F32 ", "LDSM.16.M88.4", "LDSM.16.MT88.4", "LDG.E.128"])]
    static void RunFloat16Of128(
        TreeAttentionShape s, int b, ArrayView<int> c, ArrayView<int> d, ArrayView<float> q, ArrayView<Fragment> k, ArrayView<Fragment> v,
        ArrayView<float> p, ArrayView<RowPair> m) =>
        Attend<CudaTensorCore<Float16Format>, QueryTilePair<QueryTilePair<QueryTilePair<QueryTile16>>>,
            AttentionTilePair<AttentionTilePair<AttentionTilePair<AttentionTile16>>>>(s, b, c, d, q, k, v, p, m);

    [KernelEntry(
        TileChunks.Threads, maxRegisters: 168, Instructions = ["HMMA.16816.F32.BF16", "LDSM.16.M88.4", "LDSM.16.MT88.4", "LDG.E.128"])]
    static void RunBFloat16Of64(
        TreeAttentionShape s, int b, ArrayView<int> c, ArrayView<int> d, ArrayView<float> q, ArrayView<Fragment> k, ArrayView<Fragment> v,
        ArrayView<float> p, ArrayView<RowPair> m) =>
        Attend<CudaTensorCore<BFloat16Format>, QueryTilePair<QueryTilePair<QueryTile16>>,
            AttentionTilePair<AttentionTilePair<AttentionTile16>>>(s, b, c, d, q, k, v, p, m);

    [KernelEntry(
        TileChunks.Threads, maxRegisters: 168, Instructions = ["HMMA.16816.F32 ", "LDSM.16.M88.4", "LDSM.16.MT88.4", "LDG.E.128"])]
    static void RunFloat16Of64(
        TreeAttentionShape s, int b, ArrayView<int> c, ArrayView<int> d, ArrayView<float> q, ArrayView<Fragment> k, ArrayView<Fragment> v,
        ArrayView<float> p, ArrayView<RowPair> m) =>
        Attend<CudaTensorCore<Float16Format>, QueryTilePair<QueryTilePair<QueryTile16>>,
            AttentionTilePair<AttentionTilePair<AttentionTile16>>>(s, b, c, d, q, k, v, p, m);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Attend<TCore, TQuery, TOutput>(
        TreeAttentionShape sizes, int maxDepth, ArrayView<int> committed, ArrayView<int> depths, ArrayView<float> queries,
        ArrayView<Fragment> keys, ArrayView<Fragment> values, ArrayView<float> partials, ArrayView<RowPair> stats)
        where TCore : struct, ITensorCore where TQuery : struct, IQueryTile where TOutput : struct, IAttentionTile
    {
        TreeAttentionShape shape = sizes.With(committed);
        int chunks = default(TQuery).Elements / 8, blocks = AttentionSplits.Blocks(shape.Committed + maxDepth);
        SharedTile tile = default(TCore).Allocate(2 * AttentionSplits.Block * default(TQuery).Elements / 8);
        ArrayView<uint> scratch = SharedMemory.Allocate<uint>(default(TCore).ScratchWords);
        int lane = Group.IdxX & 31, split = Grid.DimZ - 1 - Grid.IdxZ;
        int row = (Grid.IdxX * Group.DimX + Group.IdxX) / 32 * 16 + (lane >> 2);
        BlockRow upper = BlockRow.At(row, shape, depths), lower = BlockRow.At(row + 8, shape, depths);
        MatrixLane keyLane = MatrixLane.OfColumns(lane), valueLane = MatrixLane.OfRows(lane);
        TQuery query = default;
        query.Read<TCore>(
            upper.Of(queries, default(TQuery).Elements), lower.Of(queries, default(TQuery).Elements), 2 * (lane & 3));
        TOutput output = default;
        RowPair max = new(Lowest, Lowest), sums = default;
        float scale = AttentionSplits.Scale(shape.HeadDim);
        int block = AttentionSplits.FirstBlock(split), end = IntrinsicMath.Min(AttentionSplits.FirstBlock(split + 1), blocks);
        int pitch = shape.KvHeads * chunks, at = block * AttentionSplits.Block * pitch + Grid.IdxY * chunks;
        TileChunks nextKeys = TileChunks.Load(keys, at, pitch, chunks), nextValues = TileChunks.Load(values, at, pitch, chunks);
        for (; block < end; block++)
        {
            nextKeys.Store<TCore>(tile, 0, chunks);
            Group.Barrier();
            AttentionTilePair<AttentionTilePair<AttentionTile16>> scores = default;
            query.AddScores<TCore, AttentionTilePair<AttentionTilePair<AttentionTile16>>>(
                ref scores, tile, keyLane, 0, chunks, scratch);
            nextValues.Store<TCore>(tile, AttentionSplits.Block, chunks);
            // The last block is read twice, into registers that nobody stores: cheaper than a branch.
            at += block + 1 < end ? AttentionSplits.Block * pitch : 0;
            nextKeys = TileChunks.Load(keys, at, pitch, chunks);
            scores.Hide(block >= upper.Blocks, block >= lower.Blocks);
            RowPair largest = scores.Max(new(float.NegativeInfinity, float.NegativeInfinity));
            RowPair newMax = new(
                XMath.Max(max.Upper, QuadMax(largest.Upper) * scale), XMath.Max(max.Lower, QuadMax(largest.Lower) * scale));
            RowPair factors = new(XMath.Exp2(max.Upper - newMax.Upper), XMath.Exp2(max.Lower - newMax.Lower));
            sums = scores.Weigh(scale, newMax, new(sums.Upper * factors.Upper, sums.Lower * factors.Lower));
            output.Scale(factors);
            max = newMax;
            Group.Barrier();
            nextValues = TileChunks.Load(values, at, pitch, chunks);
            scores.AddTo<TCore, TOutput>(ref output, tile, valueLane, AttentionSplits.Block, chunks, scratch);
        }
        int first = split * shape.Rows, column = 2 * (lane & 3);
        RowPair upperStats = new(max.Upper, QuadSum(sums.Upper)), lowerStats = new(max.Lower, QuadSum(sums.Lower));
        if (upper.Index >= 0)
        {
            output.StoreUpper(partials.SubView((long)(first + upper.Index) * default(TQuery).Elements, default(TQuery).Elements), column);
            stats[first + upper.Index] = upperStats;
        }
        if (lower.Index >= 0)
        {
            output.StoreLower(partials.SubView((long)(first + lower.Index) * default(TQuery).Elements, default(TQuery).Elements), column);
            stats[first + lower.Index] = lowerStats;
        }
    }

    static float QuadMax(float value)
    {
        value = XMath.Max(value, Warp.ShuffleXor(value, 1));
        return XMath.Max(value, Warp.ShuffleXor(value, 2));
    }

    static float QuadSum(float value)
    {
        value += Warp.ShuffleXor(value, 1);
        return value + Warp.ShuffleXor(value, 2);
    }
}
