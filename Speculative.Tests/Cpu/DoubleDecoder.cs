namespace Speculative.Tests;

/// <summary>
/// The oracle: a forward pass in double precision, written as the formulas are, one token after the other, everything recomputed.
/// </summary>
sealed unsafe class DoubleDecoder(IWeightSource weights)
{
    readonly ModelConfig config = weights.Config;

    public double[][] Logits(int[] tokens)
    {
        double[][] x = [.. tokens.Select(token => Row("model.embed_tokens.weight", config.VocabularySize, config.HiddenSize, token))];
        for (int layer = 0; layer < config.LayerCount; layer++)
        {
            string prefix = $"model.layers.{layer}.";
            double[][] mixed = Attention(prefix + "self_attn.", [.. x.Select(row => Norm(row, prefix + "input_layernorm.weight"))]);
            x = [.. x.Zip(mixed, Sum)];
            x = [.. x.Select(row => Sum(row, FeedForward(prefix + "mlp.", Norm(row, prefix + "post_attention_layernorm.weight"))))];
        }
        string head = config.TiedEmbeddings ? "model.embed_tokens.weight" : "lm_head.weight";
        return [.. x.Select(row => Product(Norm(row, "model.norm.weight"), head, config.VocabularySize))];
    }

    double[][] Attention(string prefix, double[][] x)
    {
        double[][] q = Heads(prefix + "q", x, config.QuerySize, prefix + "q_norm.weight");
        double[][] k = Heads(prefix + "k", x, config.KeyValueSize, prefix + "k_norm.weight");
        double[][] v = [.. x.Select(row => Biased(prefix + "v", row, config.KeyValueSize))];
        int size = config.HeadSize, group = config.HeadCount / config.KeyValueHeadCount;
        double[][] mixed = [.. x.Select(_ => new double[config.QuerySize])];
        for (int i = 0; i < x.Length; i++)
            for (int head = 0; head < config.HeadCount; head++)
            {
                int at = head * size, from = head / group * size;
                double[] scores = [.. Enumerable.Range(0, i + 1)
                    .Select(j => Enumerable.Range(0, size).Sum(d => q[i][at + d] * k[j][from + d]) / Math.Sqrt(size))];
                double max = scores.Max(), sum = scores.Sum(score => Math.Exp(score - max));
                for (int d = 0; d < size; d++)
                    mixed[i][at + d] = Enumerable.Range(0, i + 1).Sum(j => Math.Exp(scores[j] - max) / sum * v[j][from + d]);
            }
        return [.. mixed.Select(row => Product(row, prefix + "o_proj.weight", config.HiddenSize))];
    }

    double[][] Heads(string name, double[][] x, int width, string norm) => [.. x.Select((row, position) =>
    {
        double[] heads = Biased(name, row, width);
        for (int at = 0; at < width; at += config.HeadSize)
        {
            double[] head = heads[at..(at + config.HeadSize)];
            Rotate(config.QueryKeyNorm ? Norm(head, norm) : head, position).CopyTo(heads, at);
        }
        return heads;
    })];

    double[] Rotate(double[] head, int position)
    {
        int half = head.Length / 2;
        double[] rotated = new double[head.Length];
        for (int i = 0; i < half; i++)
        {
            double angle = position * Frequency(i);
            rotated[i] = head[i] * Math.Cos(angle) - head[i + half] * Math.Sin(angle);
            rotated[i + half] = head[i + half] * Math.Cos(angle) + head[i] * Math.Sin(angle);
        }
        return rotated;
    }

    double Frequency(int i)
    {
        double frequency = 1 / Math.Pow(config.RopeTheta, 2.0 * i / config.HeadSize), wavelength = 2 * Math.PI / frequency;
        if (config.RopeScaling is not { } scaling)
            return frequency;
        if (scaling.LowFrequencyFactor == 0 || wavelength > scaling.OriginalContextLength / scaling.LowFrequencyFactor)
            return frequency / scaling.Factor;
        if (wavelength < scaling.OriginalContextLength / scaling.HighFrequencyFactor)
            return frequency;
        double smooth = (scaling.OriginalContextLength / wavelength - scaling.LowFrequencyFactor)
            / (scaling.HighFrequencyFactor - scaling.LowFrequencyFactor);
        return (1 - smooth) * frequency / scaling.Factor + smooth * frequency;
    }

    double[] FeedForward(string prefix, double[] x)
    {
        double[] gate = Product(x, prefix + "gate_proj.weight", config.IntermediateSize), up = Product(x, prefix + "up_proj.weight",
            config.IntermediateSize);
        return Product([.. gate.Zip(up, (g, u) => g / (1 + Math.Exp(-g)) * u)], prefix + "down_proj.weight", config.HiddenSize);
    }

    double[] Norm(double[] x, string name)
    {
        double scale = 1 / Math.Sqrt(x.Sum(value => value * value) / x.Length + config.NormEpsilon);
        return [.. x.Zip(Row(name, 1, x.Length, 0), (value, weight) => value * scale * weight)];
    }

    double[] Biased(string name, double[] x, int width)
    {
        double[] y = Product(x, name + "_proj.weight", width);
        return config.QueryKeyValueBias ? Sum(y, Row(name + "_proj.bias", 1, width, 0)) : y;
    }

    double[] Product(double[] x, string name, int outputs) => [.. Enumerable.Range(0, outputs).Select(output =>
    {
        double[] row = Row(name, outputs, x.Length, output);
        return x.Zip(row, (a, b) => a * b).Sum();
    })];

    double[] Row(string name, int rows, int columns, int row)
    {
        Weight weight = weights.GetWeight(name, rows, columns);
        return [.. Enumerable.Range(0, columns).Select(i => Number(weight, (long)row * columns + i))];
    }

    static double Number(Weight weight, long index) => weight.Type switch
    {
        ElementType.F32 => ((float*)weight.Data)[index],
        ElementType.F16 => (double)((Half*)weight.Data)[index],
        _ => BitConverter.Int32BitsToSingle(((ushort*)weight.Data)[index] << 16),
    };

    static double[] Sum(double[] a, double[] b) => [.. a.Zip(b, (x, y) => x + y)];
}
