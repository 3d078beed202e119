using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Algorithms;

namespace Speculative;

/// <summary>Sixteen columns: two accumulators of <c>mma.m16n8k16</c>. As weights of 16 keys they are its A operand, lane for
/// lane.</summary>
struct AttentionTile16 : IAttentionTile
{
    TensorSums left, right;

    /// <inheritdoc/>
    public readonly int Columns => 16;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddScores<TCore>(
        Fragment query, SharedTile tile, MatrixLane lane, int key, int chunk, int chunks, ArrayView<uint> scratch)
        where TCore : struct, ITensorCore =>
        Add<TCore>(query, default(TCore).Load(tile, lane.At(key, chunk, chunks), scratch), scratch);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Hide(bool upper, bool lower)
    {
        if (upper)
            left.UpperLeft = left.UpperRight = right.UpperLeft = right.UpperRight = float.NegativeInfinity;
        if (lower)
            left.LowerLeft = left.LowerRight = right.LowerLeft = right.LowerRight = float.NegativeInfinity;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly RowPair Max(RowPair most) => new(
        XMath.Max(XMath.Max(XMath.Max(most.Upper, left.UpperLeft), left.UpperRight), XMath.Max(right.UpperLeft, right.UpperRight)),
        XMath.Max(XMath.Max(XMath.Max(most.Lower, left.LowerLeft), left.LowerRight), XMath.Max(right.LowerLeft, right.LowerRight)));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public RowPair Weigh(float scale, RowPair max, RowPair sums)
    {
        left.UpperLeft = XMath.Exp2(left.UpperLeft * scale - max.Upper);
        left.UpperRight = XMath.Exp2(left.UpperRight * scale - max.Upper);
        left.LowerLeft = XMath.Exp2(left.LowerLeft * scale - max.Lower);
        left.LowerRight = XMath.Exp2(left.LowerRight * scale - max.Lower);
        right.UpperLeft = XMath.Exp2(right.UpperLeft * scale - max.Upper);
        right.UpperRight = XMath.Exp2(right.UpperRight * scale - max.Upper);
        right.LowerLeft = XMath.Exp2(right.LowerLeft * scale - max.Lower);
        right.LowerRight = XMath.Exp2(right.LowerRight * scale - max.Lower);
        return new(
            sums.Upper + left.UpperLeft + left.UpperRight + right.UpperLeft + right.UpperRight,
            sums.Lower + left.LowerLeft + left.LowerRight + right.LowerLeft + right.LowerRight);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void AddTo<TCore, TOutput>(
        ref TOutput output, SharedTile tile, MatrixLane lane, int key, int chunks, ArrayView<uint> scratch)
        where TCore : struct, ITensorCore where TOutput : struct, IAttentionTile
    {
        TCore core = default;
        Fragment weights = new(
            core.Pack(left.UpperLeft, left.UpperRight), core.Pack(left.LowerLeft, left.LowerRight),
            core.Pack(right.UpperLeft, right.UpperRight), core.Pack(right.LowerLeft, right.LowerRight));
        output.AddValues<TCore>(weights, tile, lane, key, 0, chunks, scratch);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddValues<TCore>(
        Fragment weights, SharedTile tile, MatrixLane lane, int key, int chunk, int chunks, ArrayView<uint> scratch)
        where TCore : struct, ITensorCore =>
        Add<TCore>(weights, default(TCore).LoadTransposed(tile, lane.At(key, chunk, chunks), scratch), scratch);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Scale(RowPair factors)
    {
        left.UpperLeft *= factors.Upper;
        left.UpperRight *= factors.Upper;
        left.LowerLeft *= factors.Lower;
        left.LowerRight *= factors.Lower;
        right.UpperLeft *= factors.Upper;
        right.UpperRight *= factors.Upper;
        right.LowerLeft *= factors.Lower;
        right.LowerRight *= factors.Lower;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void StoreUpper(ArrayView<float> row, int column)
    {
        row[column] = left.UpperLeft;
        row[column + 1] = left.UpperRight;
        row[column + 8] = right.UpperLeft;
        row[column + 9] = right.UpperRight;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void StoreLower(ArrayView<float> row, int column)
    {
        row[column] = left.LowerLeft;
        row[column + 1] = left.LowerRight;
        row[column + 8] = right.LowerLeft;
        row[column + 9] = right.LowerRight;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    void Add<TCore>(Fragment a, Fragment b, ArrayView<uint> scratch) where TCore : struct, ITensorCore
    {
        TensorSums first = left, second = right;
        default(TCore).Multiply(ref first, a, b.X, b.Y, scratch);
        default(TCore).Multiply(ref second, a, b.Z, b.W, scratch);
        (left, right) = (first, second);
    }
}
