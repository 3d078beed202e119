using ILGPU;

namespace Speculative;

/// <summary>A warp's 16 query rows as A operands in registers; nested by doubling.</summary>
interface IQueryTile
{
    /// <summary>The elements of a row: a constant.</summary>
    int Elements { get; }

    /// <summary>Rounds this lane's elements of its two rows; an empty row gives zeros. <paramref name="element"/> is the lane's
    /// first.</summary>
    void Read<TCore>(ArrayView<float> upper, ArrayView<float> lower, int element) where TCore : struct, ITensorCore;

    /// <summary>Adds the products with a tile of keys to their scores.</summary>
    void AddScores<TCore, TScores>(
        ref TScores scores, SharedTile tile, MatrixLane lane, int chunk, int chunks, ArrayView<uint> scratch)
        where TCore : struct, ITensorCore where TScores : struct, IAttentionTile;
}
