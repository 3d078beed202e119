using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime;

namespace Speculative.Tests;

/// <summary>One evaluation of the tensor-core pair (blocks, tail) with emulated tensor cores, on host arrays.</summary>
sealed record TensorAttentionRun(int Heads, int KvHeads, int HeadDim, int Committed, ElementType Format)
{
    /// <summary>Whether the tree, whose nodes are in depth-first order, is read by the ends of its subtrees.</summary>
    public bool BySubtrees { get; init; }

    /// <summary>Tokens beyond <see cref="Committed"/> that the host sizes the launch for; in the same split.</summary>
    public int Spare { get; init; }

    /// <summary>The format of the output: F32, or that of the cache.</summary>
    public ElementType Output { get; init; } = ElementType.F32;

    /// <summary>Computes the rows of nodes <paramref name="firstNode"/> onwards; [new nodes, heads, headDim].</summary>
    public float[] Evaluate(Accelerator accelerator, int[] parents, float[] queries, ushort[] keys, ushort[] values, int firstNode = 0)
    {
        int nodes = parents.Length, maxDepth = Enumerable.Range(0, nodes).Max(node => RandomTrees.Path(parents, node).Length - 1);
        TreeAttentionShape shape = new(Heads, KvHeads, HeadDim, Committed + Spare, firstNode, nodes, nodes + 1);
        int splits = BlockAttentionKernel.Splits(Committed + maxDepth);
        using DeviceArray<int> committed = new(accelerator, [Committed]);
        using DeviceArray<int> parentBuffer = new(accelerator, parents), depths = new(accelerator, nodes);
        using DeviceArray<int> ancestors = new(accelerator, nodes * (nodes + 1));
        using DeviceArray<float> queryBuffer = new(accelerator, queries[(firstNode * Heads * HeadDim)..]);
        using DeviceArray<ushort> keyBuffer = new(accelerator, keys), valueBuffer = new(accelerator, values);
        using DeviceArray<float> output = new(accelerator, shape.Rows * HeadDim);
        // Poisoned, so that a partial result that nobody wrote shows.
        using DeviceArray<float> partials = new(accelerator, [.. Enumerable.Repeat(float.NaN, Math.Max(splits, 1) * shape.Rows * HeadDim)]);
        using DeviceArray<RowPair> stats = new(
            accelerator, [.. Enumerable.Repeat(new RowPair(float.NaN, float.NaN), Math.Max(splits, 1) * shape.Rows)]);
        AcceleratorStream stream = accelerator.DefaultStream;
        ArrayView<Fragment> keyChunks = ((ArrayView<ushort>)keyBuffer).Cast<Fragment>();
        ArrayView<Fragment> valueChunks = ((ArrayView<ushort>)valueBuffer).Cast<Fragment>();
        new AncestorTableKernel(accelerator).Launch(stream, 0, nodes, nodes + 1, parentBuffer, depths, ancestors);
        Blocks(accelerator, HeadDim, Format).Launch(
            stream, shape, maxDepth, committed, depths, queryBuffer, keyChunks, valueChunks, partials, stats);
        if (!BySubtrees)
            new TailAttentionKernel(accelerator, Format).Launch(
                stream, shape, maxDepth, committed, depths, ancestors, queryBuffer, keyChunks, valueChunks, partials, stats,
                output.Numbers(Output));
        else
        {
            DepthFirstLayout layout = new(nodes);
            layout.Arrange(RandomTrees.Tree(parents));
            Assert.Equal(parents, layout.Parents);
            using DeviceArray<int> ends = new(accelerator, layout.Ends.ToArray()), tileEnds = new(accelerator, layout.TileEnds.ToArray());
            new SubtreeAttentionKernel(accelerator, Format).Launch(
                stream, shape, maxDepth, committed, depths, ends, tileEnds, queryBuffer, keyChunks, valueChunks, partials, stats,
                output.Numbers(Output));
        }
        float[] rows = output.ToHost();
        return Output == ElementType.F32 ? rows
            : [.. MemoryMarshal.Cast<float, ushort>(rows)[..rows.Length].ToArray().Select(Widen)];
    }

    /// <summary>Random inputs whose queries, keys and values the format holds exactly.</summary>
    public (float[] Queries, ushort[] Keys, ushort[] Values) Inputs(int nodes, int seed)
    {
        int cache = (Committed + Spare + nodes) * KvHeads * HeadDim;
        float[] queries = [.. RandomTrees.Floats(nodes * Heads * HeadDim, seed).Select(q => Widen(Narrow(q * 4)))];
        return (queries, [.. RandomTrees.Floats(cache, seed + 1).Select(Narrow)], [.. RandomTrees.Floats(cache, seed + 2).Select(Narrow)]);
    }

    public float Widen(ushort bits) => Format == ElementType.BF16
        ? BitConverter.UInt32BitsToSingle((uint)bits << 16)
        : (float)BitConverter.UInt16BitsToHalf(bits);

    ushort Narrow(float value) => Format == ElementType.BF16
        ? (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16)
        : BitConverter.HalfToUInt16Bits((System.Half)value);

    /// <summary>The kernel itself on CUDA, elsewhere its twin with emulated tensor cores.</summary>
    public static BlockAttentionKernel Blocks(Accelerator accelerator, int headDim, ElementType format) =>
        accelerator.AcceleratorType == AcceleratorType.Cuda ? new(accelerator, headDim, format)
        : new(accelerator.LoadKernel<TreeAttentionShape, int, ArrayView<int>, ArrayView<int>, ArrayView<float>, ArrayView<Fragment>,
            ArrayView<Fragment>, ArrayView<float>, ArrayView<RowPair>>((headDim, format) switch
            {
                (64, ElementType.BF16) => Run<EmulatedTensorCore<BFloat16Format>, QueryTilePair<QueryTilePair<QueryTile16>>,
                    AttentionTilePair<AttentionTilePair<AttentionTile16>>>,
                (64, _) => Run<EmulatedTensorCore<Float16Format>, QueryTilePair<QueryTilePair<QueryTile16>>,
                    AttentionTilePair<AttentionTilePair<AttentionTile16>>>,
                _ => Run<EmulatedTensorCore<BFloat16Format>, QueryTilePair<QueryTilePair<QueryTilePair<QueryTile16>>>,
                    AttentionTilePair<AttentionTilePair<AttentionTilePair<AttentionTile16>>>>,
            }));

    static void Run<TCore, TQuery, TOutput>(
        TreeAttentionShape shape, int maxDepth, ArrayView<int> committed, ArrayView<int> depths, ArrayView<float> queries,
        ArrayView<Fragment> keys, ArrayView<Fragment> values, ArrayView<float> partials, ArrayView<RowPair> stats)
        where TCore : struct, ITensorCore where TQuery : struct, IQueryTile where TOutput : struct, IAttentionTile =>
        BlockAttentionKernel.Attend<TCore, TQuery, TOutput>(shape, maxDepth, committed, depths, queries, keys, values, partials, stats);
}
