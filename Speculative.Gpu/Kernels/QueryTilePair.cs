using System.Runtime.CompilerServices;
using ILGPU;

namespace Speculative;

/// <summary>Two tiles of the same kind side by side.</summary>
struct QueryTilePair<T> : IQueryTile where T : struct, IQueryTile
{
    T left, right;

    /// <inheritdoc/>
    public readonly int Elements => 2 * default(T).Elements;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Read<TCore>(ArrayView<float> upper, ArrayView<float> lower, int element) where TCore : struct, ITensorCore
    {
        T first = default, second = default;
        first.Read<TCore>(upper, lower, element);
        second.Read<TCore>(upper, lower, element + default(T).Elements);
        (left, right) = (first, second);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void AddScores<TCore, TScores>(
        ref TScores scores, SharedTile tile, MatrixLane lane, int chunk, int chunks, ArrayView<uint> scratch)
        where TCore : struct, ITensorCore where TScores : struct, IAttentionTile
    {
        left.AddScores<TCore, TScores>(ref scores, tile, lane, chunk, chunks, scratch);
        right.AddScores<TCore, TScores>(ref scores, tile, lane, chunk + default(T).Elements / 8, chunks, scratch);
    }
}
