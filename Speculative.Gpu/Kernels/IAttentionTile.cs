using ILGPU;

namespace Speculative;

/// <summary>
/// A warp's accumulators for 16 query rows x some columns: keys while it holds scores, elements of a head while it holds output. Nested by
/// doubling (<see cref="AttentionTile16"/>, <see cref="AttentionTilePair{T}"/>) and inlined, so that all stays in registers.
/// </summary>
interface IAttentionTile
{
    /// <summary>The columns: a constant.</summary>
    int Columns { get; }

    /// <summary>Scores: adds the products of 16 elements of the queries with the same of keys <paramref name="key"/> onwards.</summary>
    void AddScores<TCore>(
        Fragment query, SharedTile tile, MatrixLane lane, int key, int chunk, int chunks, ArrayView<uint> scratch)
        where TCore : struct, ITensorCore;

    /// <summary>Scores: hides the rows that do not see this block.</summary>
    void Hide(bool upper, bool lower);

    /// <summary>Scores: the largest of this lane's.</summary>
    RowPair Max(RowPair most);

    /// <summary>Turns scores into weights 2^(score x scale - max); adds this lane's to <paramref name="sums"/>.</summary>
    RowPair Weigh(float scale, RowPair max, RowPair sums);

    /// <summary>Weights: adds their products with the values of keys <paramref name="key"/> onwards to <paramref name="output"/>.</summary>
    void AddTo<TCore, TOutput>(
        ref TOutput output, SharedTile tile, MatrixLane lane, int key, int chunks, ArrayView<uint> scratch)
        where TCore : struct, ITensorCore where TOutput : struct, IAttentionTile;

    /// <summary>Output: adds the products of the weights of 16 keys with their values from <paramref name="chunk"/> on.</summary>
    void AddValues<TCore>(
        Fragment weights, SharedTile tile, MatrixLane lane, int key, int chunk, int chunks, ArrayView<uint> scratch)
        where TCore : struct, ITensorCore;

    /// <summary>Output: multiplies by a factor a row.</summary>
    void Scale(RowPair factors);

    /// <summary>Output: writes this lane's elements of one of its rows; <paramref name="column"/> is its first.</summary>
    void StoreUpper(ArrayView<float> row, int column);

    /// <summary>As <see cref="StoreUpper"/>, the other row.</summary>
    void StoreLower(ArrayView<float> row, int column);
}
