namespace Speculative.Tests;

/// <summary>What attention over a cache of a number format means: plain loops in double precision over the numbers that it keeps.</summary>
static class AttentionOracle
{
    /// <summary>The attention of one query over keys and values in order of position.</summary>
    public static double[] Attend(CacheFormat format, float[] query, float[][] keys, float[][] values)
    {
        double[] weights = new double[keys.Length], result = new double[query.Length];
        for (int position = 0; position < keys.Length; position++)
        {
            double[] key = Kept(format, keys[position]);
            for (int i = 0; i < key.Length; i++)
                weights[position] += query[i] * key[i];
        }
        double largest = weights.Max(), sum = weights.Sum(score => Math.Exp(score - largest));
        for (int position = 0; position < values.Length; position++)
        {
            double[] value = Kept(format, values[position]);
            for (int i = 0; i < value.Length; i++)
                result[i] += Math.Exp(weights[position] - largest) / sum * value[i];
        }
        return result;
    }

    /// <summary>The numbers of one position and head after they were stored.</summary>
    static double[] Kept(CacheFormat format, float[] numbers)
    {
        float most = numbers.Max(Math.Abs);
        return Array.ConvertAll(numbers, number => format switch
        {
            CacheFormat.F32 => number,
            CacheFormat.BF16 => NearestBF16(number),
            _ => most == 0 ? 0 : Math.Round(number * (127 / most), MidpointRounding.ToEven) * most / 127,
        });
    }

    /// <summary>The nearest of the numbers with eight significant bits, ties to even.</summary>
    static double NearestBF16(float number)
    {
        if (number == 0)
            return 0;
        double unit = Math.Pow(2, Math.Floor(Math.Log2(Math.Abs(number))) - 7);
        return Math.Round(number / unit, MidpointRounding.ToEven) * unit;
    }
}
