using System.Runtime.CompilerServices;
using ILGPU;

namespace Speculative;

/// <summary>A query row and the tail of keys before it.</summary>
/// <param name="Index">Its row in queries and output.</param>
/// <param name="KvHead">Its KV head.</param>
/// <param name="First">The position of the tail's first key.</param>
/// <param name="Count">The keys of the tail, the node's own included.</param>
/// <param name="Splits">The splits before the tail.</param>
/// <param name="Path">The node's path by depth.</param>
readonly record struct TailRow(int Index, int KvHead, int First, int Count, int Splits, ArrayView<int> Path)
{
    /// <summary>The row at a place in the order KV head, node, query head.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TailRow At(int place, TreeAttentionShape shape, ArrayView<int> depths, ArrayView<int> ancestors)
    {
        int shared = shape.Heads / shape.KvHeads, rows = shape.Rows / shape.KvHeads;
        int kvHead = place / rows, node = place % rows / shared;
        int position = shape.Committed + depths[shape.FirstNode + node], blocks = AttentionSplits.Blocks(position);
        return new(
            node * shape.Heads + kvHead * shared + place % rows % shared, kvHead, blocks * AttentionSplits.Block,
            position - blocks * AttentionSplits.Block + 1, AttentionSplits.Splits(blocks),
            ancestors.SubView((long)(shape.FirstNode + node) * shape.AncestorStride, shape.AncestorStride));
    }

    /// <summary>The first chunk of a key of the tail. Beyond the committed tokens a position is one of the node's own ancestors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long Chunk(int key, TreeAttentionShape shape, int chunks)
    {
        int position = First + key;
        int slot = position < shape.Committed ? position : shape.Committed + Path[position - shape.Committed];
        return ((long)slot * shape.KvHeads + KvHead) * chunks;
    }
}
