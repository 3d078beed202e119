namespace Speculative;

/// <summary>
/// GGUF's Q4_1: blocks of 32 numbers, 20 bytes: a half d, a half m, then 16 bytes whose low nibbles q are the first 16 numbers and whose
/// high nibbles the others. A number is d * q + m.
/// </summary>
static unsafe class Q41Rows
{
    public const int BlockSize = 32;
    const int BlockBytes = 20, Least = 2, Levels = 4;

    /// <summary>Bytes of a row of so many numbers, a multiple of <see cref="BlockSize"/>.</summary>
    public static long ByteLength(int columns) => columns / BlockSize * (long)BlockBytes;

    /// <summary>Widens one row; the product, of 11 bits and 4, is exact, the sum rounded once.</summary>
    public static void Widen(byte* source, int columns, float* target)
    {
        const int half = BlockSize / 2;
        for (int block = 0; block < columns / BlockSize; block++, source += BlockBytes, target += BlockSize)
        {
            float scale = F16Format.Element(source), least = F16Format.Element(source + Least);
            for (int i = 0; i < half; i++)
            {
                target[i] = scale * (source[Levels + i] & 15) + least;
                target[half + i] = scale * (source[Levels + i] >> 4) + least;
            }
        }
    }
}
