using System.Numerics;

namespace Speculative;

/// <summary>
/// Four rows times two vectors of columns of a product whose right side is row-major: one chain of fused multiply-adds an element.
/// </summary>
static unsafe class Strip
{
    /// <summary>target[row][column] = sum over i, ascending, of left[row][i] * right[i][column].</summary>
    /// <param name="right">[length][rightStride], two vectors of columns wide.</param>
    /// <param name="rightStride">Floats from i to i + 1.</param>
    /// <param name="length">The number of terms.</param>
    /// <param name="left">[rows][leftStride].</param>
    /// <param name="target">[rows][targetStride], two vectors wide.</param>
    public static void Multiply(float* right, long rightStride, int length, Rows left, Rows target)
    {
        float* a = left.Row0, b = left.Row1, c = left.Row2, d = left.Row3;
        Vector<float> a0 = default, a1 = default, b0 = default, b1 = default, c0 = default, c1 = default, d0 = default, d1 = default;
        for (nint i = 0; i < length; i++, right += rightStride)
        {
            Vector<float> x = Vector.Load(right), y = Vector.Load(right + Vector<float>.Count), factor = new(a[i]);
            a0 = Vector.FusedMultiplyAdd(factor, x, a0);
            a1 = Vector.FusedMultiplyAdd(factor, y, a1);
            factor = new(b[i]);
            b0 = Vector.FusedMultiplyAdd(factor, x, b0);
            b1 = Vector.FusedMultiplyAdd(factor, y, b1);
            factor = new(c[i]);
            c0 = Vector.FusedMultiplyAdd(factor, x, c0);
            c1 = Vector.FusedMultiplyAdd(factor, y, c1);
            factor = new(d[i]);
            d0 = Vector.FusedMultiplyAdd(factor, x, d0);
            d1 = Vector.FusedMultiplyAdd(factor, y, d1);
        }
        Store(target.Row0, a0, a1);
        Store(target.Row1, b0, b1);
        Store(target.Row2, c0, c1);
        Store(target.Row3, d0, d1);
    }

    static void Store(float* target, Vector<float> first, Vector<float> second)
    {
        first.Store(target);
        second.Store(target + Vector<float>.Count);
    }

    /// <summary>Four rows; where there are fewer, the last stands in for the others and is computed twice.</summary>
    public readonly struct Rows(float* row0, float* row1, float* row2, float* row3)
    {
        public readonly float* Row0 = row0, Row1 = row1, Row2 = row2, Row3 = row3;

        /// <summary>Rows <paramref name="first"/> and following of a block.</summary>
        public static Rows Of(float* start, long stride, int first, int count) =>
            new(start + first * stride, start + Math.Min(first + 1, count - 1) * stride, start + Math.Min(first + 2, count - 1) * stride,
                start + Math.Min(first + 3, count - 1) * stride);
    }
}
