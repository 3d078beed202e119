using System.Runtime.CompilerServices;
using ILGPU;

namespace Speculative;

/// <summary>Two tiles of the same kind, one above the other.</summary>
struct RowTilePair<T> : IRowTile where T : struct, IRowTile
{
    T low, high;

    /// <inheritdoc/>
    public readonly int Rows => 2 * default(T).Rows;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Multiply<TCore>(Fragment weights, ArrayView<uint> stage, int at, ArrayView<uint> scratch) where TCore : struct, ITensorCore
    {
        T first = low, second = high;
        first.Multiply<TCore>(weights, stage, at, scratch);
        second.Multiply<TCore>(weights, stage, at + default(T).Rows * TensorProductKernel.StagePitch, scratch);
        (low, high) = (first, second);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyGroup<TCore>(
        Fragment first, Fragment second, RowPair scales, ArrayView<uint> stage, int at, ArrayView<uint> scratch)
        where TCore : struct, ITensorCore
    {
        T upper = low, lower = high;
        upper.MultiplyGroup<TCore>(first, second, scales, stage, at, scratch);
        lower.MultiplyGroup<TCore>(first, second, scales, stage, at + default(T).Rows * TensorProductKernel.StagePitch, scratch);
        (low, high) = (upper, lower);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store(ArrayView<float> y, int output, int row, int rows, int outputs)
    {
        low.Store(y, output, row, rows, outputs);
        high.Store(y, output, row + default(T).Rows, rows, outputs);
    }
}
