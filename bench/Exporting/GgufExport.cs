namespace Speculative.Bench.Exporting;

/// <summary>Writes a model as a GGUF file that llama.cpp reads.</summary>
static class GgufExport
{
    /// <summary>Writes the file whole or not at all.</summary>
    /// <param name="source">The weights, in F32, F16 or BF16.</param>
    /// <param name="folder">Where the tokenizer is; null for a file without one.</param>
    /// <param name="name">What the file calls the model.</param>
    /// <param name="type">The number format of its matrices; vectors are singles.</param>
    /// <param name="path">The file.</param>
    /// <param name="cancellationToken">Looked at between tensors; no file is left then.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static void Write(
        IWeightSource source, string? folder, string name, ElementType type, string path,
        CancellationToken cancellationToken = default)
    {
        using GgufWriter writer = new();
        AddSizes(writer, source.Config, name, type);
        if (folder is null)
            writer.Add("tokenizer.ggml.model", "none");
        else
            new GgufVocabulary(folder, source.Config).Add(writer);
        new GgufTensors(source, type, writer).Add();
        writer.Write(path, cancellationToken);
    }

    static void AddSizes(GgufWriter writer, ModelConfig config, string name, ElementType type)
    {
        string architecture = config.ModelType == "mistral" ? "llama" : config.ModelType;
        writer.Add("general.architecture", architecture);
        writer.Add("general.name", name);
        writer.Add("general.file_type", type switch
        {
            ElementType.F32 => 0,
            ElementType.F16 => 1,
            ElementType.Q4_0 => 2,
            ElementType.Q8_0 => 7,
            _ => 32,
        });
        writer.Add("general.quantization_version", 2);
        Add("vocab_size", config.VocabularySize);
        Add("context_length", config.MaxContextLength);
        Add("embedding_length", config.HiddenSize);
        Add("block_count", config.LayerCount);
        Add("feed_forward_length", config.IntermediateSize);
        Add("attention.head_count", config.HeadCount);
        Add("attention.head_count_kv", config.KeyValueHeadCount);
        Add("attention.key_length", config.HeadSize);
        Add("attention.value_length", config.HeadSize);
        Add("rope.dimension_count", config.HeadSize);
        writer.Add($"{architecture}.attention.layer_norm_rms_epsilon", config.NormEpsilon);
        writer.Add($"{architecture}.rope.freq_base", (float)config.RopeTheta);
        if (config.RopeScaling is { HighFrequencyFactor: 0 } linear)
        {
            writer.Add($"{architecture}.rope.scaling.type", "linear");
            writer.Add($"{architecture}.rope.scaling.factor", (float)linear.Factor);
        }

        void Add(string key, int value) => writer.Add($"{architecture}.{key}", value);
    }
}
