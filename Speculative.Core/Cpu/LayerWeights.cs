namespace Speculative;

/// <summary>The weights of one decoder block. Vectors are widened copies, null where the family has none.</summary>
sealed unsafe class LayerWeights : IDisposable
{
    readonly List<NativeBuffer> vectors = [];

    public LayerWeights(IWeightSource source, MatrixStore matrices, int layer)
    {
        ModelConfig config = source.Config;
        string prefix = $"model.layers.{layer}.";
        Matrix Load(string name, int rows, int columns) => matrices.Load($"{prefix}{name}.weight", rows, columns);
        AttentionNorm = Vector(source, $"{prefix}input_layernorm.weight", config.HiddenSize);
        Query = Load("self_attn.q_proj", config.QuerySize, config.HiddenSize);
        Key = Load("self_attn.k_proj", config.KeyValueSize, config.HiddenSize);
        Value = Load("self_attn.v_proj", config.KeyValueSize, config.HiddenSize);
        if (config.QueryKeyValueBias)
        {
            QueryBias = Vector(source, $"{prefix}self_attn.q_proj.bias", config.QuerySize);
            KeyBias = Vector(source, $"{prefix}self_attn.k_proj.bias", config.KeyValueSize);
            ValueBias = Vector(source, $"{prefix}self_attn.v_proj.bias", config.KeyValueSize);
        }
        if (config.QueryKeyNorm)
        {
            QueryNorm = Vector(source, $"{prefix}self_attn.q_norm.weight", config.HeadSize);
            KeyNorm = Vector(source, $"{prefix}self_attn.k_norm.weight", config.HeadSize);
        }
        AttentionOutput = Load("self_attn.o_proj", config.HiddenSize, config.QuerySize);
        FeedForwardNorm = Vector(source, $"{prefix}post_attention_layernorm.weight", config.HiddenSize);
        Gate = Load("mlp.gate_proj", config.IntermediateSize, config.HiddenSize);
        Up = Load("mlp.up_proj", config.IntermediateSize, config.HiddenSize);
        Down = Load("mlp.down_proj", config.HiddenSize, config.IntermediateSize);
    }

    public float* AttentionNorm { get; }

    public Matrix Query { get; }

    public Matrix Key { get; }

    public Matrix Value { get; }

    public float* QueryBias { get; }

    public float* KeyBias { get; }

    public float* ValueBias { get; }

    public float* QueryNorm { get; }

    public float* KeyNorm { get; }

    public Matrix AttentionOutput { get; }

    public float* FeedForwardNorm { get; }

    public Matrix Gate { get; }

    public Matrix Up { get; }

    public Matrix Down { get; }

    public void Dispose() => vectors.ForEach(vector => vector.Dispose());

    float* Vector(IWeightSource source, string name, int length)
    {
        NativeBuffer buffer = new();
        vectors.Add(buffer);
        WeightRows.Widen(source.GetWeight(name, 1, length), 0, buffer.Floats(length));
        return buffer.Floats(length);
    }
}
