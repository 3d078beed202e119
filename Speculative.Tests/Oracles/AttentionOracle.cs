namespace Speculative.Tests;

/// <summary>What attention over a cache of a number format means: plain loops in double precision over the numbers as the format keeps them.</summary>
static class AttentionOracle
{
    /// <summary>The attention of one query over keys and values in order of position.</summary>
    public static double[] Attend(CacheFormat format, float[] query, IReadOnlyList<float[]> keys, IReadOnlyList<float[]> values)
    {
        double[] scores = [.. keys.Select(key => Kept(format, key).Zip(query, (k, q) => k * q).Sum())];
        double largest = scores.Max();
        double[] weights = [.. scores.Select(score => Math.Exp(score - largest))], result = new double[query.Length];
        for (int position = 0; position < weights.Length; position++)
        {
            double[] value = Kept(format, values[position]);
            for (int i = 0; i < result.Length; i++)
                result[i] += weights[position] / weights.Sum() * value[i];
        }
        return result;
    }

    /// <summary>The numbers of one position and head after they were stored.</summary>
    public static double[] Kept(CacheFormat format, float[] numbers) => format switch
    {
        CacheFormat.F32 => [.. numbers.Select(number => (double)number)],
        CacheFormat.BF16 => [.. numbers.Select(NearestBF16)],
        _ => [.. numbers.Select(number => Level(number, numbers.Max(Math.Abs)) * (numbers.Max(Math.Abs) / 127.0))],
    };

    /// <summary>The nearest of the numbers with eight significant bits, ties to even.</summary>
    static double NearestBF16(float number)
    {
        if (number == 0)
            return 0;
        double unit = Math.Pow(2, Math.Floor(Math.Log2(Math.Abs(number))) - 7);
        return Math.Round(number / unit, MidpointRounding.ToEven) * unit;
    }

    static double Level(float number, float most) => most == 0 ? 0 : Math.Round(number * (127 / most), MidpointRounding.ToEven);
}
