namespace Speculative;

#pragma warning disable CA1707 // Q8_0 and Q4_0 are the names that people know

/// <summary>The number format of stored weights, named as safetensors and GGUF name it.</summary>
public enum ElementType
{
    /// <summary>IEEE single precision, 4 bytes.</summary>
    F32,

    /// <summary>IEEE half precision, 2 bytes.</summary>
    F16,

    /// <summary>The upper half of a single, 2 bytes.</summary>
    BF16,

    /// <summary>GGUF's blocks of 32 numbers along a row, 34 bytes each: a half d, then 32 signed bytes q; a number is d * q.</summary>
    Q8_0,

    /// <summary>
    /// GGUF's blocks of 32 numbers along a row, 18 bytes each: a half d, then 16 bytes whose low nibbles q are the first 16 numbers and
    /// whose high nibbles the others; a number is d * (q - 8).
    /// </summary>
    Q4_0,
}
