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
        else if (!Avx.IsSupported)
            Scatter(values, stride, rows, count, target, rows);
        else if (rows == 8)
            for (int i = 0; i < count; i += 8)
                Eights(values + i, stride, target + 8 * i);
        else
            StoreParts(values, stride, rows, count, target);
    }

    /// <summary>Four rows at a time, then two, then one.</summary>
    static void StoreParts(float* values, long stride, int rows, int count, float* target)
    {
        int row = 0;
        for (; row + 4 <= rows; row += 4)
            for (int i = 0; i < count; i += 8)
                Fours(values + row * stride + i, stride, target + i * rows + row, rows);
        for (; row + 2 <= rows; row += 2)
            for (int i = 0; i < count; i += 8)
                Twos(values + row * stride + i, stride, target + i * rows + row, rows);
        if (row < rows)
            Scatter(values + row * stride, stride, 1, count, target + row, rows);
    }

    static void Scatter(float* values, long stride, int rows, int count, float* target, int places)
    {
        for (int row = 0; row < rows; row++, values += stride)
            for (int i = 0; i < count; i++)
                target[i * places + row] = values[i];
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

    /// <summary>Four rows of eight, among others: from place to place there are so many floats.</summary>
    static void Fours(float* values, long stride, float* target, int places)
    {
        Fours(values, stride, out Vector256<float> a0, out Vector256<float> a1, out Vector256<float> a2, out Vector256<float> a3);
        Store(a0, target, places);
        Store(a1, target + places, places);
        Store(a2, target + 2 * places, places);
        Store(a3, target + 3 * places, places);
    }

    /// <summary>A place's four rows in the lower half, those of the place four after it in the upper.</summary>
    static void Store(Vector256<float> value, float* target, int places)
    {
        value.GetLower().Store(target);
        value.GetUpper().Store(target + 4 * places);
    }

    /// <summary>Two rows of eight, likewise.</summary>
    static void Twos(float* values, long stride, float* target, int places)
    {
        Vector256<float> row0 = Vector256.Load(values), row1 = Vector256.Load(values + stride);
        Vector256<double> low = Avx.UnpackLow(row0, row1).AsDouble(), high = Avx.UnpackHigh(row0, row1).AsDouble();
        Store(low, target, places);
        Store(high, target + 2 * places, places);
    }

    /// <summary>The pairs of a place and the one after it in the lower half, those of the places four after them in the upper.</summary>
    static void Store(Vector256<double> pairs, float* target, int places)
    {
        *(double*)target = pairs[0];
        *(double*)(target + places) = pairs[1];
        *(double*)(target + 4 * places) = pairs[2];
        *(double*)(target + 5 * places) = pairs[3];
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
