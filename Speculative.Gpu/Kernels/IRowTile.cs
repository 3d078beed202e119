using ILGPU;

namespace Speculative;

/// <summary>
/// A warp's accumulators for 16 outputs x some rows of a tensor-core product. Structs nested by doubling (<see cref="RowTile8"/>,
/// <see cref="RowTilePair{T}"/>) and inlined stay in registers, where an array indexed in a loop would lie in local memory.
/// </summary>
interface IRowTile
{
    /// <summary>The rows of the tile: a constant.</summary>
    int Rows { get; }

    /// <summary>Adds the product of 16 outputs x 16 inputs with the staged rows; <paramref name="at"/> is this lane's place in the first
    /// row.</summary>
    void Multiply<TCore>(Fragment weights, ArrayView<uint> stage, int at, ArrayView<uint> scratch) where TCore : struct, ITensorCore;

    /// <summary>Adds the product of 16 outputs x 32 inputs with the staged rows, times a scale an output: those of
    /// <see cref="TensorSums"/>' upper and lower rows.</summary>
    void MultiplyGroup<TCore>(Fragment first, Fragment second, RowPair scales, ArrayView<uint> stage, int at, ArrayView<uint> scratch)
        where TCore : struct, ITensorCore;

    /// <summary>Writes this lane's elements of rows <paramref name="row"/> onwards that lie below <paramref name="rows"/>.</summary>
    void Store(ArrayView<float> y, int output, int row, int rows, int outputs);
}
