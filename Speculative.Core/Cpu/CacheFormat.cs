namespace Speculative;

#pragma warning disable CA1720 // the field's own words for these formats
/// <summary>
/// The number format in which a <see cref="CpuModel"/> keeps keys and values. It decides how long a context fits into memory, and how fast
/// a long one is read. Sums are single precision in all of them.
/// </summary>
public enum CacheFormat
{
    /// <summary>Single precision: nothing is lost.</summary>
    F32,

    /// <summary>The upper half of single precision, rounded to nearest: half the bytes.</summary>
    BF16,

    /// <summary>Eight bits, and a single-precision scale for each key and each value of a head: about a quarter of the bytes.</summary>
    Int8,
}
