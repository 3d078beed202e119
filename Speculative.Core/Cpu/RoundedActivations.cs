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
        float inverse = most > Least ? levels / most : 0;
        byte* target = group + row * 4;
        Vector128<int> sums = default;
        for (int i = 0; i < PanelLayout.Group; i += 4, target += PanelLayout.RowStepBytes)
        {
            Vector128<float> shifted = Vector128.FusedMultiplyAdd(Vector128.Load(values + i), Vector128.Create(inverse), Vector128.Create(Magic));
            Vector128<int> rounded = shifted.AsInt32() - Vector128.Create(Magic).AsInt32();
            sums += rounded;
            *(int*)target = Vector128.Narrow(Vector128.Narrow(rounded, rounded), default).AsInt32()[0];
        }
        *(float*)(group + Scales + row * 4) = float.IsFinite(most) ? most / levels : float.NaN;
        return sums;
    }

    /// <summary>Stores the integer where a row's sums begin.</summary>
    public static void Correct(int correction, int row, byte* group) => *(int*)(group + Corrections + row * 4) = correction;

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
