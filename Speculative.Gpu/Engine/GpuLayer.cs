using ILGPU;

namespace Speculative;

/// <summary>The weights of one decoder block. Query, key and value products are one matrix, gate and up another.</summary>
sealed class GpuLayer : IDisposable
{
    readonly List<IDisposable> owned = [];
    readonly DeviceBuffer? bias, queryNorm, keyNorm;

    public GpuLayer(MatrixLoader loader, ModelConfig config, int layer)
    {
        string prefix = $"model.layers.{layer}.", attention = $"{prefix}self_attn.", inner = $"{prefix}mlp.";
        AttentionNorm = Own(loader.LoadVector(($"{prefix}input_layernorm.weight", config.HiddenSize)));
        QueryKeyValue = Own(loader.Load(config.HiddenSize, ($"{attention}q_proj.weight", config.QuerySize),
            ($"{attention}k_proj.weight", config.KeyValueSize), ($"{attention}v_proj.weight", config.KeyValueSize)));
        if (config.QueryKeyValueBias)
            bias = Own(loader.LoadVector(($"{attention}q_proj.bias", config.QuerySize),
                ($"{attention}k_proj.bias", config.KeyValueSize), ($"{attention}v_proj.bias", config.KeyValueSize)));
        if (config.QueryKeyNorm)
            (queryNorm, keyNorm) = (Own(loader.LoadVector(($"{attention}q_norm.weight", config.HeadSize))),
                Own(loader.LoadVector(($"{attention}k_norm.weight", config.HeadSize))));
        AttentionOutput = Own(loader.Load(config.QuerySize, ($"{attention}o_proj.weight", config.HiddenSize)));
        FeedForwardNorm = Own(loader.LoadVector(($"{prefix}post_attention_layernorm.weight", config.HiddenSize)));
        GateUp = Own(loader.Load(config.HiddenSize, ($"{inner}gate_proj.weight", config.IntermediateSize),
            ($"{inner}up_proj.weight", config.IntermediateSize)));
        Down = Own(loader.Load(config.IntermediateSize, ($"{inner}down_proj.weight", config.HiddenSize)));
        Matrices = [QueryKeyValue, AttentionOutput, GateUp, Down];
        Bias = View(bias, config.QuerySize + 2 * config.KeyValueSize);
        QueryNorm = View(queryNorm, config.HeadSize);
        KeyNorm = View(keyNorm, config.HeadSize);
    }

    public DeviceBuffer AttentionNorm { get; }

    public GpuMatrix QueryKeyValue { get; }

    public ArrayView<float> Bias { get; }

    public ArrayView<float> QueryNorm { get; }

    public ArrayView<float> KeyNorm { get; }

    public GpuMatrix AttentionOutput { get; }

    public DeviceBuffer FeedForwardNorm { get; }

    public GpuMatrix GateUp { get; }

    public GpuMatrix Down { get; }

    public IReadOnlyList<GpuMatrix> Matrices { get; }

    public void Dispose() => owned.ForEach(item => item.Dispose());

    static ArrayView<float> View(DeviceBuffer? buffer, int length) =>
        buffer is null ? ArrayView<float>.Empty : buffer.Singles.SubView(0, length);

    T Own<T>(T item) where T : IDisposable
    {
        owned.Add(item);
        return item;
    }
}
