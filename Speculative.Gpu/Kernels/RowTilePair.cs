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
    public void Multiply(Fragment weights, ArrayView<uint> stage, int at)
    {
        T first = low, second = high;
        first.Multiply(weights, stage, at);
        second.Multiply(weights, stage, at + default(T).Rows * TensorProductKernel.StagePitch);
        (low, high) = (first, second);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store(ArrayView<float> y, int output, int row, int rows, int outputs)
    {
        low.Store(y, output, row, rows, outputs);
        high.Store(y, output, row + default(T).Rows, rows, outputs);
    }
}
