namespace Speculative.Tests;

/// <summary>What a product over panels computes, element by element in plain arithmetic; the kernels must give these bits.</summary>
static class PanelOracle
{
    /// <summary>The product of one row of weights and one of activations.</summary>
    public static float Product(Precision precision, float[] weights, float[] activations) => precision switch
    {
        Precision.F32 => Chain(weights, activations),
        Precision.BF16 => Chain([.. weights.Select(ToBF16)], activations),
        Precision.Int8 => Rounded(weights, activations, 64, Int8),
        _ => Rounded(weights, activations, 127, Int4),
    };

    static float Chain(float[] weights, float[] activations)
    {
        float sum = 0;
        for (int i = 0; i < weights.Length; i++)
            sum = MathF.FusedMultiplyAdd(weights[i], activations[i], sum);
        return sum;
    }

    static float Rounded(float[] weights, float[] activations, int levels, Func<float[], (float, int[])> quantize)
    {
        float total = 0;
        for (int at = 0; at < weights.Length; at += 32)
        {
            (float scale, int[] w) = quantize(Group(weights, at));
            float[] x = Group(activations, at);
            float most = x.Max(MathF.Abs), inverse = most > 1e-30f ? levels / most : 0;
            int sum = w.Zip(x, (weight, value) => weight * (int)MathF.Round(value * inverse, MidpointRounding.ToEven)).Sum();
            total = MathF.FusedMultiplyAdd(sum, scale * (most / levels), total);
        }
        return total;
    }

    static (float Scale, int[] Levels) Int8(float[] group)
    {
        float scale = (float)(Half)(group.Max(MathF.Abs) / 127), inverse = scale == 0 ? 0 : 1 / scale;
        return (scale, [.. group.Select(value => Math.Clamp((int)MathF.Round(value * inverse), -127, 127))]);
    }

    static (float Scale, int[] Levels) Int4(float[] group)
    {
        float scale = (float)(Half)(group.MaxBy(MathF.Abs) / -8), inverse = scale == 0 ? 0 : 1 / scale;
        return (scale, [.. group.Select(value => Math.Clamp((int)MathF.Round(value * inverse), -8, 7))]);
    }

    static float[] Group(float[] values, int at)
    {
        float[] group = new float[32];
        values.AsSpan(at, Math.Min(32, values.Length - at)).CopyTo(group);
        return group;
    }

    static float ToBF16(float value) => BitConverter.UInt32BitsToSingle((uint)BF16Format.Round(value) << 16);
}
