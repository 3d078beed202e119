namespace Speculative;

/// <summary>Reads a model's sizes from the metadata of a GGUF file, and from the tensors that are there.</summary>
sealed class GgufConfig(GgufMetadata metadata, IReadOnlyDictionary<string, GgufTensor> tensors, string architecture)
{
    static readonly string[] architectures = ["llama", "qwen2", "qwen3"];

    /// <param name="header">The file's header.</param>
    /// <param name="ropeDivisors">Reads the divisors of the rotary frequencies where the file has them.</param>
    public static ModelConfig Read(GgufHeader header, Func<GgufTensor, float[]> ropeDivisors)
    {
        const string key = "general.architecture", parts = "split.count";
        // Parts after the first lack the rest of the metadata, so this comes before all else.
        if (header.Metadata.Int(parts, 0, int.MaxValue, 0) > 1)
            throw header.Metadata.Fault(parts, "a model in one file (llama-gguf-split --merge puts the parts together)");
        string architecture = header.Metadata.Text(key);
        if (!architectures.Contains(architecture))
            throw header.Metadata.Fault(key, $"a known architecture ({string.Join(", ", architectures)})");
        ModelConfig config = new GgufConfig(header.Metadata, header.Tensors, architecture).Read();
        return header.Tensors.TryGetValue(GgufNames.RopeDivisors, out GgufTensor divisors)
            ? config with { RopeDivisors = ropeDivisors(divisors) } : config;
    }

    ModelConfig Read()
    {
        RefuseWhatWouldBeIgnored();
        int heads = Int("attention.head_count", 1 << 14), hidden = Int("embedding_length", 1 << 20);
        int context = Int("context_length", 1 << 28), vocabulary = Vocabulary();
        return new()
        {
            ModelType = architecture,
            VocabularySize = vocabulary,
            HiddenSize = hidden,
            IntermediateSize = Int("feed_forward_length", 1 << 24),
            LayerCount = Int("block_count", 1 << 14),
            HeadCount = heads,
            KeyValueHeadCount = KeyValueHeads(heads),
            HeadSize = HeadSize(hidden, heads),
            MaxContextLength = Math.Min(context, metadata.Int(Key("attention.sliding_window"), 1, int.MaxValue, context)),
            NormEpsilon = (float)metadata.Positive(Key("attention.layer_norm_rms_epsilon")),
            RopeTheta = metadata.Positive(Key("rope.freq_base"), 10000),
            RopeScaling = Scaling(context),
            TiedEmbeddings = !tensors.ContainsKey(GgufNames.Head),
            QueryKeyValueBias = tensors.ContainsKey("blk.0.attn_q.bias"),
            QueryKeyNorm = tensors.ContainsKey("blk.0.attn_q_norm.weight"),
            BeginTokenId = TokenId("bos", vocabulary),
            EndTokenIds = EndTokenIds(vocabulary),
        };
    }

    string Key(string name) => $"{architecture}.{name}";

    int Int(string name, int most) => metadata.Int(Key(name), 1, most);

    void RefuseWhatWouldBeIgnored()
    {
        if (metadata.Int(Key("expert_count"), 0, int.MaxValue, 0) > 0)
            throw metadata.Fault(Key("expert_count"), "no experts");
        if (tensors.Keys.FirstOrDefault(GgufNames.WouldBeIgnored) is { } name)
            throw new ModelFormatException($"{metadata.FilePath}: {name}: expected no such tensor (it would be ignored), found one.");
    }

    int Vocabulary() => tensors.TryGetValue(GgufNames.Embedding, out GgufTensor embedding) && embedding.Rows <= 1 << 24
        ? (int)embedding.Rows
        : throw new ModelFormatException($"{metadata.FilePath}: {GgufNames.Embedding}: expected a tensor of at most {1 << 24} rows, found "
            + (embedding.Rows == 0 ? "none." : $"{embedding.Rows}."));

    int KeyValueHeads(int heads)
    {
        string key = Key("attention.head_count_kv");
        int count = metadata.Int(key, 1, heads, heads);
        return heads % count == 0 ? count : throw metadata.Fault(key, $"a divisor of the head count ({heads})");
    }

    int HeadSize(int hidden, int heads)
    {
        string key = Key("attention.key_length");
        if (!metadata.Has(key) && hidden % heads != 0)
            throw metadata.Fault(Key("embedding_length"), $"a multiple of the head count ({heads})");
        int size = metadata.Int(key, 2, 1 << 13, hidden / heads);
        if (size % 2 != 0)
            throw metadata.Fault(metadata.Has(key) ? key : Key("embedding_length"), "an even number for each head");
        foreach (string other in (ReadOnlySpan<string>)[Key("attention.value_length"), Key("rope.dimension_count")])
            if (metadata.Int(other, 1, int.MaxValue, size) != size)
                throw metadata.Fault(other, $"{size}, the size of a head");
        return size;
    }

    RopeScaling? Scaling(int context)
    {
        string type = Key("rope.scaling.type");
        return metadata.Text(type, "linear") switch
        {
            "none" => null,
            "linear" => Stretch() is not 1 and var factor ? new(factor, 0, 0, context) : null,
            _ => throw metadata.Fault(type, $"none or linear (Llama 3's comes as {GgufNames.RopeDivisors})"),
        };
    }

    /// <summary>As llama.cpp reads it: the older key counts where the newer one is missing, and 0 stands for 1.</summary>
    double Stretch()
    {
        string key = Key("rope.scaling.factor");
        double factor = metadata.NotNegative(metadata.Has(key) ? key : Key("rope.scale_linear"), 1);
        return factor == 0 ? 1 : factor;
    }

    int? TokenId(string name, int vocabulary)
    {
        string key = $"tokenizer.ggml.{name}_token_id";
        return metadata.Has(key) ? metadata.Int(key, 0, vocabulary - 1) : null;
    }

    /// <summary>Those that the metadata name, then those known by their text.</summary>
    int[] EndTokenIds(int vocabulary) =>
        [.. ((string[])["eos", "eot", "eom"]).Select(name => TokenId(name, vocabulary)).OfType<int>()
            .Concat(GgufEndTokens.Find(metadata).Where(id => id < vocabulary)).Distinct()];
}
