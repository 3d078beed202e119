using System.Runtime.CompilerServices;

namespace Speculative;

/// <summary>Where a stage of a tensor-core product lies in its operands.</summary>
/// <param name="Weights">The stages before it in the packed weights and scales.</param>
/// <param name="Lane">The lane; 0 where their views begin at the lane's own.</param>
/// <param name="Rows">The chunks before it in a row of activations.</param>
/// <param name="RowChunks">The chunks of a row of activations.</param>
readonly record struct ProductPlace(long Weights, int Lane, long Rows, int RowChunks)
{
    /// <summary>The place some stages further: in 64 bits, so that loads which follow each other share an address.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ProductPlace After(long stages) => new(Weights + stages, Lane, Rows + 8 * stages, RowChunks);
}
