using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Speculative;

/// <summary>Rows of 32-bit numbers, brought from [rows][numbers] to [numbers][rows].</summary>
static unsafe class InterleavedRows
{
    /// <summary>Stores the same numbers of each row side by side.</summary>
    /// <param name="values">[rows][stride].</param>
    /// <param name="stride">Numbers from row to row.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="count">Numbers of a row; a multiple of 8.</param>
    /// <param name="target">[count][rows].</param>
    public static void Store(float* values, long stride, int rows, int count, float* target)
    {
        if (rows == 1)
            new Span<float>(values, count).CopyTo(new(target, count));
        else if (Avx.IsSupported && rows is 4 or 8)
            for (int i = 0; i < count; i += 8, target += 8 * rows)
                if (rows == 8)
                    Eights(values + i, stride, target);
                else
                    Fours(values + i, stride, target);
        else
            for (int row = 0; row < rows; row++, values += stride)
                for (int i = 0; i < count; i++)
                    target[i * rows + row] = values[i];
    }

    /// <summary>Eight rows of eight: neighbours of two rows come together, then of four, then of all.</summary>
    static void Eights(float* values, long stride, float* target)
    {
        float* lower = values + 4 * stride;
        Fours(values, stride, out Vector256<float> a0, out Vector256<float> a1, out Vector256<float> a2, out Vector256<float> a3);
        Fours(lower, stride, out Vector256<float> b0, out Vector256<float> b1, out Vector256<float> b2, out Vector256<float> b3);
        Avx.Permute2x128(a0, b0, 0x20).Store(target);
        Avx.Permute2x128(a1, b1, 0x20).Store(target + 8);
        Avx.Permute2x128(a2, b2, 0x20).Store(target + 16);
        Avx.Permute2x128(a3, b3, 0x20).Store(target + 24);
        Avx.Permute2x128(a0, b0, 0x31).Store(target + 32);
        Avx.Permute2x128(a1, b1, 0x31).Store(target + 40);
        Avx.Permute2x128(a2, b2, 0x31).Store(target + 48);
        Avx.Permute2x128(a3, b3, 0x31).Store(target + 56);
    }

    /// <summary>Four rows of eight.</summary>
    static void Fours(float* values, long stride, float* target)
    {
        Fours(values, stride, out Vector256<float> a0, out Vector256<float> a1, out Vector256<float> a2, out Vector256<float> a3);
        Avx.Permute2x128(a0, a1, 0x20).Store(target);
        Avx.Permute2x128(a2, a3, 0x20).Store(target + 8);
        Avx.Permute2x128(a0, a1, 0x31).Store(target + 16);
        Avx.Permute2x128(a2, a3, 0x31).Store(target + 24);
    }

    /// <summary>The places 0 and 4, 1 and 5, 2 and 6, 3 and 7 of four rows, each with all four rows side by side.</summary>
    static void Fours(float* values, long stride, out Vector256<float> places0, out Vector256<float> places1,
        out Vector256<float> places2, out Vector256<float> places3)
    {
        Vector256<float> row0 = Vector256.Load(values), row1 = Vector256.Load(values + stride);
        Vector256<float> row2 = Vector256.Load(values + 2 * stride), row3 = Vector256.Load(values + 3 * stride);
        Vector256<float> low01 = Avx.UnpackLow(row0, row1), high01 = Avx.UnpackHigh(row0, row1);
        Vector256<float> low23 = Avx.UnpackLow(row2, row3), high23 = Avx.UnpackHigh(row2, row3);
        places0 = Avx.Shuffle(low01, low23, 0x44);
        places1 = Avx.Shuffle(low01, low23, 0xEE);
        places2 = Avx.Shuffle(high01, high23, 0x44);
        places3 = Avx.Shuffle(high01, high23, 0xEE);
    }
}
