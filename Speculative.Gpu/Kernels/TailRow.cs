using System.Runtime.CompilerServices;
using ILGPU;

namespace Speculative;

/// <summary>A query row and the tail of keys before it.</summary>
/// <param name="Index">Its row in queries and output, or -1 where there is none.</param>
/// <param name="Node">Its node.</param>
/// <param name="KvHead">Its KV head.</param>
/// <param name="First">The position of the tail's first key.</param>
/// <param name="Count">The keys of the tail, the node's own included.</param>
/// <param name="Splits">The splits before the tail.</param>
readonly record struct TailRow(int Index, int Node, int KvHead, int First, int Count, int Splits)
{
    /// <summary>What a warp without a row has: it sees no key.</summary>
    public static TailRow None
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(-1, -1, 0, int.MaxValue, 0, 0);
    }

    /// <summary>The row at a place in the order KV head, node, query head.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TailRow At(int place, TreeAttentionShape shape, ArrayView<int> depths)
    {
        int shared = shape.Heads / shape.KvHeads, rows = shape.Rows / shape.KvHeads;
        int kvHead = place / rows, node = place % rows / shared;
        int position = shape.Committed + depths[shape.FirstNode + node], blocks = AttentionSplits.Blocks(position);
        return new(
            node * shape.Heads + kvHead * shared + place % rows % shared, shape.FirstNode + node, kvHead, blocks * AttentionSplits.Block,
            position - blocks * AttentionSplits.Block + 1, AttentionSplits.Splits(blocks));
    }

    /// <summary>The first chunk of a key of the tail. Beyond the committed tokens a position is one of the node's own ancestors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long Chunk(int key, TreeAttentionShape shape, int chunks, ArrayView<int> path)
    {
        int position = First + key;
        int slot = position < shape.Committed ? position : shape.Committed + path[position - shape.Committed];
        return ((long)slot * shape.KvHeads + KvHead) * chunks;
    }

    /// <summary>The key of the tail that lies in a slot, in a tree that is laid out depth first; negative where the row does not see
    /// it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int KeyIn(int slot, TreeAttentionShape shape, ArrayView<int> depths, ArrayView<int> ends)
    {
        int other = slot - shape.Committed;
        if (other < 0)
            return slot - First;
        return other <= Node && Node < ends[other] ? shape.Committed + depths[other] - First : -1;
    }
}
