using System.Runtime.CompilerServices;
using ILGPU;

namespace Speculative;

/// <summary>Up to 32 slots of the cache whose keys or values the rows of a group read together: committed ones, or rows of a tree that is
/// laid out depth first, from a multiple of 32 on.</summary>
/// <param name="Slot">The first slot.</param>
/// <param name="End">The slot after the last.</param>
readonly record struct SubtreeTile(int Slot, int End)
{
    /// <summary>The most slots: the block size of the published counts.</summary>
    public const int Slots = 32;

    /// <summary>The tile from a slot on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SubtreeTile At(int slot, int committed, int end) =>
        new(slot, IntrinsicMath.Min(slot + Slots, slot < committed ? committed : end));

    /// <summary>Whether a row from <paramref name="firstRow"/> on, of those behind the tile, descends from one of the tile: its subtree
    /// reaches so far.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsNeeded(int tileEnd, int firstRow) => tileEnd > firstRow;

    /// <summary>Whether any row of a group sees a slot of this tile.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool IsNeeded(int committed, ArrayView<int> tileEnds, int firstRow) =>
        Slot < committed || IsNeeded(tileEnds[(Slot - committed) / Slots], firstRow);

    /// <summary>Brings a KV head's chunks to shared memory; the group's threads share the work.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Stage(ArrayView<Fragment> cache, ArrayView<Fragment> stage, int kvHead, int kvHeads, int chunks)
    {
        for (int i = Group.IdxX; i < (End - Slot) * chunks; i += Group.DimX)
            stage[Place(i / chunks, i % chunks, chunks)] = cache[((long)(Slot + i / chunks) * kvHeads + kvHead) * chunks + i % chunks];
    }

    /// <summary>Where a chunk is staged: the four that as many lanes read of one slot lie off those of its neighbour.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Place(int slot, int chunk, int chunks) => slot * chunks + (chunk ^ (slot & 1) << 2);
}
