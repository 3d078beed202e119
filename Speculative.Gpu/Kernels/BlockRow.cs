using System.Runtime.CompilerServices;
using ILGPU;

namespace Speculative;

/// <summary>A query row as the rows of a KV head are counted: nodes x its query heads.</summary>
/// <param name="Index">Its row in queries and output, or -1 where the tile is longer than the rows.</param>
/// <param name="Blocks">The blocks that it sees; 0 where there is no row.</param>
readonly record struct BlockRow(int Index, int Blocks)
{
    /// <summary>The row at a place among those of KV head <c>Grid.IdxY</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static BlockRow At(int place, TreeAttentionShape shape, ArrayView<int> depths)
    {
        int shared = shape.Heads / shape.KvHeads, node = shape.FirstNode + place / shared;
        return node < shape.NodeCount
            ? new(place / shared * shape.Heads + Grid.IdxY * shared + place % shared,
                AttentionSplits.Blocks(shape.Committed + depths[node]))
            : new(-1, 0);
    }

    /// <summary>The row's elements, or an empty view.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ArrayView<float> Of(ArrayView<float> rows, int length) =>
        Index < 0 ? rows.SubView(0, 0) : rows.SubView((long)Index * length, length);
}
