using System.Runtime.CompilerServices;
using ILGPU;

namespace Speculative;

/// <summary>Two tiles of the same kind side by side.</summary>
struct AttentionTilePair<T> : IAttentionTile where T : struct, IAttentionTile
{
    T left, right;

    /// <inheritdoc/>
    public readonly int Columns => 2 * default(T).Columns;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddScores<TCore>(
        Fragment query, SharedTile tile, MatrixLane lane, int key, int chunk, int chunks, ArrayView<uint> scratch)
        where TCore : struct, ITensorCore
    {
        T first = left, second = right;
        first.AddScores<TCore>(query, tile, lane, key, chunk, chunks, scratch);
        second.AddScores<TCore>(query, tile, lane, key + default(T).Columns, chunk, chunks, scratch);
        (left, right) = (first, second);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Hide(bool upper, bool lower)
    {
        T first = left, second = right;
        first.Hide(upper, lower);
        second.Hide(upper, lower);
        (left, right) = (first, second);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly RowPair Max(RowPair most) => right.Max(left.Max(most));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public RowPair Weigh(float scale, RowPair max, RowPair sums)
    {
        T first = left, second = right;
        sums = second.Weigh(scale, max, first.Weigh(scale, max, sums));
        (left, right) = (first, second);
        return sums;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void AddTo<TCore, TOutput>(
        ref TOutput output, SharedTile tile, MatrixLane lane, int key, int chunks, ArrayView<uint> scratch)
        where TCore : struct, ITensorCore where TOutput : struct, IAttentionTile
    {
        left.AddTo<TCore, TOutput>(ref output, tile, lane, key, chunks, scratch);
        right.AddTo<TCore, TOutput>(ref output, tile, lane, key + default(T).Columns, chunks, scratch);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddValues<TCore>(
        Fragment weights, SharedTile tile, MatrixLane lane, int key, int chunk, int chunks, ArrayView<uint> scratch)
        where TCore : struct, ITensorCore
    {
        T first = left, second = right;
        first.AddValues<TCore>(weights, tile, lane, key, chunk, chunks, scratch);
        second.AddValues<TCore>(weights, tile, lane, key, chunk + default(T).Columns / 8, chunks, scratch);
        (left, right) = (first, second);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Scale(RowPair factors)
    {
        T first = left, second = right;
        first.Scale(factors);
        second.Scale(factors);
        (left, right) = (first, second);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void StoreUpper(ArrayView<float> row, int column)
    {
        left.StoreUpper(row, column);
        right.StoreUpper(row, column + default(T).Columns);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void StoreLower(ArrayView<float> row, int column)
    {
        left.StoreLower(row, column);
        right.StoreLower(row, column + default(T).Columns);
    }
}
