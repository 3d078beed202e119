using System.Runtime.CompilerServices;

namespace Speculative;

/// <summary>
/// Where a lane's row of an <c>ldmatrix.x4</c> lies within a block of 16 rows x 2 chunks of a swizzled tile: [rows, chunks] of 16 bytes,
/// chunk c of row r stored at place c ^ (r % 8), so that eight rows at one chunk lie in different banks.
/// </summary>
/// <param name="Row">0 to 15.</param>
/// <param name="Chunk">0 or 1.</param>
readonly record struct MatrixLane(int Row, int Chunk)
{
    /// <summary>Matrices in the order (upper left, upper right, lower left, lower right): a B operand whose columns are rows of the
    /// tile.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static MatrixLane OfColumns(int lane) => new((lane >> 4) * 8 + (lane & 7), lane >> 3 & 1);

    /// <summary>Matrices in the order (upper left, lower left, upper right, lower right): a B operand whose columns are columns of the
    /// tile, to be loaded transposed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static MatrixLane OfRows(int lane) => new(lane & 15, lane >> 4);

    /// <summary>The lane's place for the block that begins at <paramref name="row"/>, a multiple of 8, and <paramref
    /// name="chunk"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int At(int row, int chunk, int chunks) => (row + Row) * chunks + ((chunk + Chunk) ^ (Row & 7));
}
