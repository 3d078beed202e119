using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Speculative;

/// <summary>
/// Activations rounded to integers from -levels to levels with a scale for 32 of them: in a group, [8 quads of inputs][rows][4 signed
/// bytes], then the rows' corrections (integers where their sums begin), then their scales.
/// </summary>
static unsafe class RoundedActivations
{
    /// <summary>Bytes a row from a group's start to its corrections.</summary>
    public const int Corrections = PanelLayout.Group;

    /// <summary>Bytes a row from a group's start to its scales.</summary>
    public const int Scales = Corrections + sizeof(int);

    /// <summary>Bytes a row of a group.</summary>
    public const int Bytes = Scales + sizeof(float);

    /// <summary>1.5 * 2^23: adding it rounds to an integer, ties to even, that lies in the low bits.</summary>
    const float Magic = 12582912;

    /// <summary>Below this, where its inverse would not be finite, all is rounded to zero.</summary>
    const float Least = 1e-30f;

    /// <summary>Rounds and stores 32 activations of each row of a block; what is not finite makes its row's scale NaN.</summary>
    /// <param name="values">[rows][stride].</param>
    /// <param name="stride">Floats from row to row.</param>
    /// <param name="rows">Rows of the block; 1 to 8.</param>
    /// <param name="levels">At most 127.</param>
    /// <param name="group">The block's group.</param>
    [SkipLocalsInit]
    public static void Store<TFormat>(float* values, long stride, int rows, int levels, byte* group) where TFormat : struct, IRoundedFormat
    {
        const int Quads = PanelLayout.Group / 4;
        int* quads = stackalloc int[8 * Quads], corrections = (int*)(group + rows * Corrections);
        float* scales = (float*)(group + rows * Scales);
        for (int row = 0; row < rows; row++, values += stride)
        {
            float most = Most(values);
            Vector256<float> inverse = Vector256.Create(most > Least ? levels / most : 0);
            Vector256<int> q0 = Round(values, inverse), q1 = Round(values + 8, inverse);
            Vector256<int> q2 = Round(values + 16, inverse), q3 = Round(values + 24, inverse);
            Vector256<short> low = Vector256.NarrowWithSaturation(q0, q1), high = Vector256.NarrowWithSaturation(q2, q3);
            Vector256.NarrowWithSaturation(low, high).AsInt32().Store(quads + row * Quads);
            Vector256<int> sums = q0 + q1 + (q2 + q3);
            corrections[row] = TFormat.Correction(sums.GetLower() + sums.GetUpper());
            scales[row] = float.IsFinite(most) ? most / levels : float.NaN;
        }
        InterleavedRows.Store((float*)quads, Quads, rows, Quads, (float*)group);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<int> Round(float* values, Vector256<float> inverse)
    {
        Vector256<float> magic = Vector256.Create(Magic);
        return Vector256.FusedMultiplyAdd(Vector256.Load(values), inverse, magic).AsInt32() - magic.AsInt32();
    }

    /// <summary>The largest magnitude; NaN if any is. The bits of magnitudes are in the order of their numbers, NaN above all.</summary>
    static float Most(float* values)
    {
        Vector256<int> most = default, magnitude = Vector256.Create(int.MaxValue);
        for (int i = 0; i < PanelLayout.Group; i += 8)
            most = Vector256.Max(most, Vector256.Load((int*)values + i) & magnitude);
        Vector128<int> half = Vector128.Max(most.GetLower(), most.GetUpper());
        return BitConverter.Int32BitsToSingle(Math.Max(Math.Max(half[0], half[1]), Math.Max(half[2], half[3])));
    }
}
