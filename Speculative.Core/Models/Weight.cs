namespace Speculative;

/// <summary>A weight tensor in memory that its source owns: row-major [<see cref="Rows"/>, <see cref="Columns"/>], a vector has one row.</summary>
/// <param name="Data">The first element, aligned to its size; valid until the source is disposed.</param>
/// <param name="Type">The number format.</param>
/// <param name="Rows">Output features of a product; 1 for a vector.</param>
/// <param name="Columns">Input features of a product; the length of a vector.</param>
public readonly record struct Weight(nint Data, ElementType Type, int Rows, int Columns)
{
    /// <summary>The tensor's size.</summary>
    public long ByteLength => (long)Rows * Columns * (Type == ElementType.F32 ? 4 : 2);
}
