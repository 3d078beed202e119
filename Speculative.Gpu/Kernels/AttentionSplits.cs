using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Algorithms;

namespace Speculative;

/// <summary>
/// How the tensor-core tree attention cuts the keys before a query: into blocks of 64 positions, blocks into splits that different groups
/// read, and the rest, the 65 to 128 positions up to the query itself, into its tail. All of it follows from positions alone, so a query's
/// arithmetic is the same in every tree. A block lies at least 64 positions back, hence among the committed tokens of any tree that is no
/// deeper.
/// </summary>
/// <remarks>
/// Splits are 256 positions long up to 4096, then an eighth of the octave, then 4096 from 32768 on: 16 splits at 4 k, 40 at 32 k, 64 at
/// 128 k. Their partial results stay below a quarter of the bytes of keys and values for 64 nodes of 32 heads over 8 KV heads.
/// </remarks>
static class AttentionSplits
{
    /// <summary>Positions of a block.</summary>
    public const int Block = 64;

    /// <summary>The deepest node whose blocks are all committed.</summary>
    public const int MaxDepth = 64;

    /// <summary>The most positions of a tail.</summary>
    public const int MaxTail = MaxDepth + Block;

    /// <summary>What a product of query and key is multiplied by: 1 / sqrt(headDim), and the logarithm that makes powers of e powers of
    /// two.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Scale(int headDim) => 1.44269504f / XMath.Sqrt((float)headDim);

    /// <summary>The blocks that the query at a position reads; position Block x this is the first of its tail.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Blocks(int position) => IntrinsicMath.Max(position - MaxDepth, 0) / Block;

    /// <summary>The splits that hold the first <paramref name="blocks"/> blocks.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Splits(int blocks)
    {
        int last = blocks - 1;
        if (last < 64)
            return (blocks + 3) / 4;
        if (last >= 1024)
            return 49 + (last - 1024) / 64;
        int octave = 26 - IntrinsicMath.BitOperations.LeadingZeroCount(last); // 1 for 64 to 127
        return 8 * octave + (last >> (octave + 2)) + 1;
    }

    /// <summary>The first block of a split.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int FirstBlock(int split)
    {
        if (split < 16)
            return 4 * split;
        if (split >= 48)
            return 1024 + (split - 48) * 64;
        int octave = split / 8 - 1;
        return (8 + split % 8) << (octave + 2);
    }
}
