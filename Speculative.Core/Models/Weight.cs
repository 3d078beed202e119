namespace Speculative;

/// <summary>
/// A weight tensor in memory that its source owns: row-major [<see cref="Rows"/>, <see cref="Columns"/>], a vector has one row.
/// </summary>
/// <param name="Data">The first element, aligned to its size (a block to its scale's, 2); valid until the source is disposed.</param>
/// <param name="Type">The number format.</param>
/// <param name="Rows">Output features of a product; 1 for a vector.</param>
/// <param name="Columns">Input features of a product; the length of a vector. A multiple of 32 where the format is one of blocks.</param>
public readonly record struct Weight(nint Data, ElementType Type, int Rows, int Columns)
{
    /// <summary>Numbers that share a scale in <see cref="ElementType.Q8_0"/> and <see cref="ElementType.Q4_0"/>.</summary>
    internal const int BlockSize = 32;

    /// <summary>Bytes from a row to the next.</summary>
    public long RowByteLength => Type switch
    {
        ElementType.F32 => 4L * Columns,
        ElementType.Q8_0 => Columns / BlockSize * 34L,
        ElementType.Q4_0 => Columns / BlockSize * 18L,
        _ => 2L * Columns,
    };

    /// <summary>The tensor's size.</summary>
    public long ByteLength => Rows * RowByteLength;
}
