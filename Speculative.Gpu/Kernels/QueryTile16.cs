using System.Runtime.CompilerServices;
using ILGPU;

namespace Speculative;

/// <summary>Sixteen elements of 16 rows: one A operand of <c>mma.m16n8k16</c>.</summary>
struct QueryTile16 : IQueryTile
{
    Fragment fragment;

    /// <inheritdoc/>
    public readonly int Elements => 16;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Read<TCore>(ArrayView<float> upper, ArrayView<float> lower, int element) where TCore : struct, ITensorCore =>
        fragment = new(
            Pair<TCore>(upper, element), Pair<TCore>(lower, element), Pair<TCore>(upper, element + 8), Pair<TCore>(lower, element + 8));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void AddScores<TCore, TScores>(
        ref TScores scores, SharedTile tile, MatrixLane lane, int chunk, int chunks, ArrayView<uint> scratch)
        where TCore : struct, ITensorCore where TScores : struct, IAttentionTile =>
        scores.AddScores<TCore>(fragment, tile, lane, 0, chunk, chunks, scratch);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static uint Pair<TCore>(ArrayView<float> row, int element) where TCore : struct, ITensorCore =>
        row.Length > 0 ? default(TCore).Pack(row[element], row[element + 1]) : 0;
}
