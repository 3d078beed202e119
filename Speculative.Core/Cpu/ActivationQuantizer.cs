using System.Runtime.Intrinsics;

namespace Speculative;

/// <summary>Rounds a row of activations to small integers, 32 at a time with a scale of their own.</summary>
static unsafe class ActivationQuantizer
{
    /// <summary>1.5 * 2^23: adding it rounds to an integer, ties to even, that lies in the low bits.</summary>
    const float Magic = 12582912;

    /// <summary>Writes a row's bytes, corrections and scales into a block of rows.</summary>
    /// <param name="source">[inputs], or null for a row of zeros.</param>
    /// <param name="inputs">Inputs; the last group is filled up with zeros.</param>
    /// <param name="row">The row's place in the block.</param>
    /// <param name="block">See <see cref="QuantizedLayout"/>.</param>
    public static void Quantize<TFormat>(float* source, int inputs, int row, byte* block) where TFormat : struct, IQuantizedFormat
    {
        float* rest = stackalloc float[QuantizedLayout.Group];
        block += row * 4;
        for (int at = 0; at < inputs; at += QuantizedLayout.Group, block += QuantizedLayout.ActivationBytes)
        {
            float* group = source + at;
            if (source == null || inputs - at < QuantizedLayout.Group)
            {
                int count = source == null ? 0 : inputs - at;
                new Span<float>(rest, QuantizedLayout.Group).Clear();
                new Span<float>(group, count).CopyTo(new(rest, count));
                group = rest;
            }
            Quantize<TFormat>(group, block);
        }
    }

    static void Quantize<TFormat>(float* group, byte* block) where TFormat : struct, IQuantizedFormat
    {
        Vector256<float> most = Vector256.Abs(Vector256.Load(group));
        for (int i = 8; i < QuantizedLayout.Group; i += 8)
            most = Vector256.Max(most, Vector256.Abs(Vector256.Load(group + i))); // NaN stays
        Vector128<float> half = Vector128.Max(most.GetLower(), most.GetUpper());
        float max = MathF.Max(MathF.Max(half[0], half[1]), MathF.Max(half[2], half[3]));
        float inverse = max > 1e-30f ? TFormat.ActivationLevels / max : 0;
        Vector128<int> sums = default;
        for (int i = 0; i < QuantizedLayout.Group; i += 4, block += QuantizedLayout.QuadBytes)
        {
            Vector128<float> shifted = Vector128.FusedMultiplyAdd(Vector128.Load(group + i), Vector128.Create(inverse), Vector128.Create(Magic));
            Vector128<int> rounded = shifted.AsInt32() - Vector128.Create(Magic).AsInt32();
            sums += rounded;
            *(int*)block = Vector128.Narrow(Vector128.Narrow(rounded, rounded), default).AsInt32()[0];
        }
        *(int*)block = TFormat.Correction(sums[0] + sums[1], sums[2] + sums[3]);
        *(float*)(block + QuantizedLayout.Scales - QuantizedLayout.Corrections) = float.IsFinite(max) ? max / TFormat.ActivationLevels : float.NaN;
    }
}
