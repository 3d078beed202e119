using System.Runtime.CompilerServices;
using ILGPU;

namespace Speculative;

/// <summary>Eight rows: one <c>mma.m16n8k16</c> accumulator, four elements a lane.</summary>
struct RowTile8 : IRowTile
{
    TensorSums sums;

    /// <inheritdoc/>
    public readonly int Rows => 8;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Multiply<TCore>(Fragment weights, ArrayView<uint> stage, int at, ArrayView<uint> scratch) where TCore : struct, ITensorCore
    {
        TensorSums total = sums;
        default(TCore).Multiply(ref total, weights, stage[at], stage[at + 4], scratch);
        sums = total;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyGroup<TCore>(
        Fragment first, Fragment second, RowPair scales, ArrayView<uint> stage, int at, ArrayView<uint> scratch)
        where TCore : struct, ITensorCore
    {
        TensorSums group = default;
        default(TCore).Multiply(ref group, first, stage[at], stage[at + 4], scratch);
        default(TCore).Multiply(ref group, second, stage[at + 8], stage[at + 12], scratch);
        sums.UpperLeft += scales.Upper * group.UpperLeft;
        sums.UpperRight += scales.Upper * group.UpperRight;
        sums.LowerLeft += scales.Lower * group.LowerLeft;
        sums.LowerRight += scales.Lower * group.LowerRight;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store(ArrayView<float> y, int output, int row, int rows, int outputs)
    {
        long at = (long)row * outputs + output;
        if (row < rows)
        {
            y[at] = sums.UpperLeft;
            y[at + 8] = sums.LowerLeft;
        }
        if (row + 1 < rows)
        {
            y[at + outputs] = sums.UpperRight;
            y[at + outputs + 8] = sums.LowerRight;
        }
    }
}
