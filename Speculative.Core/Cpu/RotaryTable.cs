using System.Numerics;

namespace Speculative;

/// <summary>
/// Rotary position embedding, half-split as Hugging Face stores Llama: element i turns with element i + half. Angles are computed in
/// double, kept as single cosines and sines for the positions seen so far.
/// </summary>
sealed unsafe class RotaryTable : IDisposable
{
    readonly NativeBuffer table = new();
    readonly double[] frequencies;
    readonly int half;
    int positions;

    public RotaryTable(ModelConfig config)
    {
        half = config.HeadSize / 2;
        frequencies = new double[half];
        for (int i = 0; i < half; i++)
            frequencies[i] = Stretch(Math.Pow(config.RopeTheta, -2.0 * i / config.HeadSize), config.RopeScaling)
                / (config.RopeDivisors?[i] ?? 1);
    }

    /// <summary>Makes the table reach beyond <paramref name="position"/>.</summary>
    public void Reserve(int position)
    {
        if (position < positions)
            return;
        int count = Math.Max(position + 1, 2 * positions);
        float* rows = table.Grow((long)count * 2 * half, (long)positions * 2 * half);
        for (; positions < count; positions++)
            for (int i = 0; i < half; i++)
            {
                (double sin, double cos) = Math.SinCos(positions * frequencies[i]);
                rows[positions * 2L * half + i] = (float)cos;
                rows[positions * 2L * half + half + i] = (float)sin;
            }
    }

    /// <summary>Half a head of cosines, then half a head of sines, for each of so many reserved positions.</summary>
    public ReadOnlySpan<float> Rows(int first, int count) => new(table.Floats(0) + first * 2L * half, count * 2 * half);

    /// <summary>Turns one head in place.</summary>
    public void Rotate(float* head, int position)
    {
        float* cos = table.Floats(0) + position * 2L * half, sin = cos + half, upper = head + half;
        int i = 0;
        for (; i <= half - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector<float> x = Vector.Load(head + i), y = Vector.Load(upper + i), c = Vector.Load(cos + i), s = Vector.Load(sin + i);
            (x * c - y * s).Store(head + i);
            (y * c + x * s).Store(upper + i);
        }
        for (; i < half; i++)
            (head[i], upper[i]) = (head[i] * cos[i] - upper[i] * sin[i], upper[i] * cos[i] + head[i] * sin[i]);
    }

    public void Dispose() => table.Dispose();

    static double Stretch(double frequency, RopeScaling? scaling)
    {
        if (scaling is null)
            return frequency;
        if (scaling.LowFrequencyFactor == 0 && scaling.HighFrequencyFactor == 0)
            return frequency / scaling.Factor;
        double turns = scaling.OriginalContextLength * frequency / (2 * Math.PI);
        if (turns < scaling.LowFrequencyFactor)
            return frequency / scaling.Factor;
        if (turns > scaling.HighFrequencyFactor)
            return frequency;
        double smooth = (turns - scaling.LowFrequencyFactor) / (scaling.HighFrequencyFactor - scaling.LowFrequencyFactor);
        return (1 - smooth) * frequency / scaling.Factor + smooth * frequency;
    }
}
