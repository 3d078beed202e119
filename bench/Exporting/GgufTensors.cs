namespace Speculative.Bench.Exporting;

/// <summary>The tensors of a model as GGUF names, orders and stores them.</summary>
sealed class GgufTensors(IWeightSource source, ElementType type, GgufWriter writer)
{
    readonly ModelConfig config = source.Config;

    /// <summary>Announces all tensors.</summary>
    public void Add()
    {
        Matrix("token_embd", "model.embed_tokens", config.VocabularySize, config.HiddenSize);
        Vector("output_norm.weight", "model.norm.weight", config.HiddenSize);
        if (!config.TiedEmbeddings)
            Matrix("output", "lm_head", config.VocabularySize, config.HiddenSize);
        if (config.RopeScaling is { HighFrequencyFactor: > 0 } scaling)
            Divisors(scaling);
        for (int layer = 0; layer < config.LayerCount; layer++)
            AddLayer($"blk.{layer}.", $"model.layers.{layer}.");
    }

    void AddLayer(string to, string from)
    {
        int turned = config.ModelType is "llama" or "mistral" ? 1 : 0;
        (int Heads, int KeyHeads) heads = (turned * config.HeadCount, turned * config.KeyValueHeadCount);
        Vector($"{to}attn_norm.weight", $"{from}input_layernorm.weight", config.HiddenSize);
        Matrix($"{to}attn_q", $"{from}self_attn.q_proj", config.QuerySize, config.HiddenSize, heads.Heads);
        Matrix($"{to}attn_k", $"{from}self_attn.k_proj", config.KeyValueSize, config.HiddenSize, heads.KeyHeads);
        Matrix($"{to}attn_v", $"{from}self_attn.v_proj", config.KeyValueSize, config.HiddenSize);
        if (config.QueryKeyValueBias)
        {
            Vector($"{to}attn_q.bias", $"{from}self_attn.q_proj.bias", config.QuerySize, heads.Heads);
            Vector($"{to}attn_k.bias", $"{from}self_attn.k_proj.bias", config.KeyValueSize, heads.KeyHeads);
            Vector($"{to}attn_v.bias", $"{from}self_attn.v_proj.bias", config.KeyValueSize);
        }
        if (config.QueryKeyNorm)
        {
            Vector($"{to}attn_q_norm.weight", $"{from}self_attn.q_norm.weight", config.HeadSize);
            Vector($"{to}attn_k_norm.weight", $"{from}self_attn.k_norm.weight", config.HeadSize);
        }
        Matrix($"{to}attn_output", $"{from}self_attn.o_proj", config.HiddenSize, config.QuerySize);
        Vector($"{to}ffn_norm.weight", $"{from}post_attention_layernorm.weight", config.HiddenSize);
        Matrix($"{to}ffn_gate", $"{from}mlp.gate_proj", config.IntermediateSize, config.HiddenSize);
        Matrix($"{to}ffn_up", $"{from}mlp.up_proj", config.IntermediateSize, config.HiddenSize);
        Matrix($"{to}ffn_down", $"{from}mlp.down_proj", config.HiddenSize, config.IntermediateSize);
    }

    /// <param name="to">The GGUF name without its ending.</param>
    /// <param name="from">The Hugging Face name without its ending.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="heads">Heads whose rows are stored in pairs that turn together; 0 for none.</param>
    void Matrix(string to, string from, int rows, int columns, int heads = 0)
    {
        if (type is ElementType.Q8_0 or ElementType.Q4_0 && columns % 32 != 0)
            throw new BenchException($"{from}.weight has {columns} columns: {type} needs a multiple of 32.");
        long rowBytes = new Weight(0, type, 1, columns).ByteLength;
        writer.AddTensor($"{to}.weight", NumberEncoder.TypeNumber(type), rows, columns, rows * rowBytes, stream =>
        {
            Weight weight = source.GetWeight($"{from}.weight", rows, columns);
            float[] numbers = new float[columns];
            byte[] bytes = new byte[rowBytes];
            for (int row = 0; row < rows; row++)
            {
                NumberEncoder.Decode(weight, Source(row, rows, heads), numbers);
                NumberEncoder.Encode(numbers, type, bytes);
                stream.Write(bytes);
            }
        });
    }

    /// <summary>Vectors are singles in every GGUF file.</summary>
    void Vector(string to, string from, int length, int heads = 0) => Singles(to, length, () =>
    {
        float[] numbers = new float[length];
        NumberEncoder.Decode(source.GetWeight(from, 1, length), 0, numbers);
        return [.. numbers.Select((_, i) => numbers[Source(i, length, heads)])];
    });

    void Singles(string name, int length, Func<float[]> numbers) =>
        writer.AddTensor(name, NumberEncoder.TypeNumber(ElementType.F32), null, length, 4L * length, stream =>
        {
            byte[] bytes = new byte[4 * length];
            NumberEncoder.Encode(numbers(), ElementType.F32, bytes);
            stream.Write(bytes);
        });

    /// <summary>Llama 3's stretching as divisors of the frequencies.</summary>
    void Divisors(RopeScaling scaling) => Singles("rope_freqs.weight", config.HeadSize / 2, () =>
        [.. Enumerable.Range(0, config.HeadSize / 2)
            .Select(i => Divisor(Math.Pow(config.RopeTheta, -2.0 * i / config.HeadSize), scaling))]);

    static float Divisor(double frequency, RopeScaling scaling)
    {
        double turns = scaling.OriginalContextLength * frequency / (2 * Math.PI);
        double kept = (turns - scaling.LowFrequencyFactor) / (scaling.HighFrequencyFactor - scaling.LowFrequencyFactor);
        return (float)(1 / (Math.Clamp(kept, 0, 1) + (1 - Math.Clamp(kept, 0, 1)) / scaling.Factor));
    }

    /// <summary>Pairs that turn together, i and i + half in a model folder, become neighbours.</summary>
    static int Source(int row, int rows, int heads)
    {
        if (heads == 0)
            return row;
        int size = rows / heads, inHead = row % size;
        return row - inHead + inHead / 2 + inHead % 2 * (size / 2);
    }
}
