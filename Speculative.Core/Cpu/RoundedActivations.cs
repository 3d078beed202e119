using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Speculative;

/// <summary>
/// Activations rounded to integers from -levels to levels with a scale for 32 of them: in a group, [8 quads of inputs][8 rows][4 signed
/// bytes], then the rows' corrections (integers where their sums begin), then their scales.
/// </summary>
static unsafe class RoundedActivations
{
    /// <summary>From a group's start to its rows' corrections.</summary>
    public const int Corrections = PanelLayout.Group / 4 * PanelLayout.RowStepBytes;

    /// <summary>From a group's start to its rows' scales.</summary>
    public const int Scales = Corrections + PanelLayout.RowStepBytes;

    /// <summary>Bytes of a group.</summary>
    public const int Bytes = Scales + PanelLayout.RowStepBytes;

    /// <summary>1.5 * 2^23: adding it rounds to an integer, ties to even, that lies in the low bits.</summary>
    const float Magic = 12582912;

    /// <summary>Below this, where its inverse would not be finite, all is rounded to zero.</summary>
    const float Least = 1e-30f;

    /// <summary>Rounds and stores 32 activations of a row; what is not finite makes its scale NaN.</summary>
    /// <param name="values">32 floats.</param>
    /// <param name="levels">At most 127.</param>
    /// <param name="row">0 to 7.</param>
    /// <param name="group">The block's group.</param>
    /// <returns>The sums of the integers at places 0, 1, 2 and 3 of the quads: what the correction is made from.</returns>
    public static Vector128<int> Store(float* values, int levels, int row, byte* group)
    {
        float most = Most(values);
        Vector256<float> inverse = Vector256.Create(most > Least ? levels / most : 0);
        Vector256<int> q0 = Round(values, inverse), q1 = Round(values + 8, inverse);
        Vector256<int> q2 = Round(values + 16, inverse), q3 = Round(values + 24, inverse);
        Vector256<short> low = Vector256.NarrowWithSaturation(q0, q1), high = Vector256.NarrowWithSaturation(q2, q3);
        Vector256<sbyte> quads = Vector256.NarrowWithSaturation(low, high);
        int* packed = stackalloc int[PanelLayout.Group / 4];
        quads.AsInt32().Store(packed);
        byte* target = group + row * 4;
        for (int i = 0; i < PanelLayout.Group / 4; i++, target += PanelLayout.RowStepBytes)
            *(int*)target = packed[i];
        *(float*)(group + Scales + row * 4) = float.IsFinite(most) ? most / levels : float.NaN;
        Vector256<int> sums = q0 + q1 + (q2 + q3);
        return sums.GetLower() + sums.GetUpper();
    }

    /// <summary>Stores the integer where a row's sums begin.</summary>
    public static void Correct(int correction, int row, byte* group) => *(int*)(group + Corrections + row * 4) = correction;

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
