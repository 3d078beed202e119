namespace Speculative;

/// <summary>
/// GGUF's Q6_K: blocks of 256 numbers, 210 bytes: 128 bytes of low nibbles, 64 bytes of upper bit pairs, 16 signed scales (one for 16
/// numbers), and a half d. A number is d * scale * (q - 32), q its six bits.
/// </summary>
static unsafe class Q6KRows
{
    public const int BlockSize = 256;
    const int BlockBytes = 210, Pairs = 128, Scales = 192, Common = 208;

    /// <summary>Bytes of a row of so many numbers, a multiple of <see cref="BlockSize"/>.</summary>
    public static long ByteLength(int columns) => columns / BlockSize * (long)BlockBytes;

    /// <summary>Widens one row, each product rounded once.</summary>
    public static void Widen(byte* source, int columns, float* target)
    {
        for (int block = 0; block < columns / BlockSize; block++, source += BlockBytes)
            for (int i = 0; i < BlockSize; i++)
                *target++ = F16Format.Element(source + Common) * (sbyte)source[Scales + i / 16] * (SixBits(source, i) - 32);
    }

    /// <summary>Halves of 128 numbers, in each four runs of 32: two share bytes of nibbles, all four share bytes of pairs.</summary>
    static int SixBits(byte* block, int index)
    {
        int half = index / 128, run = index / 32 % 4, at = index % 32;
        int nibble = block[half * 64 + run % 2 * 32 + at] >> run / 2 * 4 & 15;
        return nibble | (block[Pairs + half * 32 + at] >> 2 * run & 3) << 4;
    }
}
