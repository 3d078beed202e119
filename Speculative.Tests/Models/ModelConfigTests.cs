namespace Speculative.Tests;

public sealed class ModelConfigTests
{
    const string Sizes = "\"vocab_size\":100,\"hidden_size\":64,\"intermediate_size\":96,\"num_hidden_layers\":4,"
        + "\"num_attention_heads\":4,\"max_position_embeddings\":4096";

    static ModelConfig Read(string family, string more = "", string? generation = null)
    {
        using TinyFolder tiny = new($"{{\"model_type\":\"{family}\",{Sizes}{(more.Length > 0 ? "," + more : "")}}}");
        if (generation is not null)
            tiny.Write("generation_config.json", generation);
        using ModelFolder folder = tiny.Open();
        return folder.Config;
    }

    static string Fault(string family, string more) => Assert.Throws<ModelFormatException>(() => Read(family, more)).Message;

    [Fact]
    public void Llama_Defaults()
    {
        ModelConfig config = Read("llama");
        Assert.Equal((100, 64, 96, 4, 4, 4, 16, 4096),
            (config.VocabularySize, config.HiddenSize, config.IntermediateSize, config.LayerCount, config.HeadCount,
                config.KeyValueHeadCount, config.HeadSize, config.MaxContextLength));
        Assert.Equal((1e-6f, 10000.0, null), (config.NormEpsilon, config.RopeTheta, config.RopeScaling));
        Assert.False(config.TiedEmbeddings || config.QueryKeyValueBias || config.QueryKeyNorm);
        Assert.Empty(config.EndTokenIds);
        Assert.Empty(config.ExitLayers);
        Assert.Null(config.BeginTokenId);
    }

    [Fact]
    public void ExitLayers_AreReadInOrder() => Assert.Equal([1, 3], Read("llama", "\"exit_layers\":[3,1]").ExitLayers);

    [Fact]
    public void EmbeddedModel_IsRead()
    {
        string folder = RepositoryFolder.EmbeddedModel;
        Assert.SkipUnless(File.Exists(Path.Combine(folder, "model.safetensors")), "The embedded model's weights are not here.");
        using ModelFolder model = ModelFolder.Open(folder);
        ModelConfig config = model.Config;
        Assert.Equal([2, 4], config.ExitLayers);
        Assert.Equal(("llama", 4096, 2), (config.ModelType, config.VocabularySize, config.EndTokenIds.Single()));
        Assert.Equal(config.HiddenSize, model.GetWeight("model.embed_tokens.weight", config.VocabularySize, config.HiddenSize).Columns);
        Assert.Equal(1, model.GetWeight("model.norm.weight", 1, config.HiddenSize).Rows);
    }

    [Fact]
    public void Switches_OfEachFamily()
    {
        Assert.True(Read("llama", "\"attention_bias\":true").QueryKeyValueBias);
        Assert.True(Read("qwen2", "\"num_key_value_heads\":2").QueryKeyValueBias);
        Assert.False(Read("mistral", "\"num_key_value_heads\":2,\"attention_bias\":true,\"sliding_window\":null").QueryKeyValueBias);
        ModelConfig qwen3 = Read("qwen3", "\"num_key_value_heads\":2,\"tie_word_embeddings\":true,\"rope_theta\":1000000");
        Assert.Equal((true, false, true, 128, 512, 1e6),
            (qwen3.QueryKeyNorm, qwen3.QueryKeyValueBias, qwen3.TiedEmbeddings, qwen3.HeadSize, qwen3.QuerySize, qwen3.RopeTheta));
        Assert.Equal(32, Read("llama", "\"head_dim\":32,\"num_key_value_heads\":null").HeadSize);
        Assert.Equal((2, 32),
            (Read("llama", "\"num_key_value_heads\":2").KeyValueHeadCount, Read("llama", "\"num_key_value_heads\":2").KeyValueSize));
    }

    [Theory]
    [InlineData("mistral", "\"sliding_window\":null", 4096)]
    [InlineData("mistral", "\"sliding_window\":1024", 1024)]
    [InlineData("mistral", "\"sliding_window\":8192", 4096)]
    [InlineData("qwen2", "\"use_sliding_window\":false,\"sliding_window\":1024,\"max_window_layers\":2", 4096)]
    [InlineData("qwen2", "\"use_sliding_window\":true,\"sliding_window\":1024,\"max_window_layers\":2", 1024)]
    [InlineData("qwen2", "\"use_sliding_window\":true,\"sliding_window\":1024,\"max_window_layers\":4", 4096)]
    [InlineData("qwen3",
        "\"use_sliding_window\":true,\"sliding_window\":1024,\"layer_types\":[\"full_attention\",\"sliding_attention\"]", 1024)]
    public void SlidingWindow_Active_LimitsTheContext(string family, string more, int context) =>
        Assert.Equal(context, Read(family, "\"num_key_value_heads\":2," + more).MaxContextLength);

    [Theory]
    [InlineData("\"rope_scaling\":{\"type\":\"linear\",\"factor\":2}", 2, 0, 0, 4096)]
    [InlineData("\"rope_scaling\":{\"rope_type\":\"linear\",\"factor\":4.5}", 4.5, 0, 0, 4096)]
    [InlineData("\"rope_scaling\":{\"rope_type\":\"llama3\",\"factor\":8,\"low_freq_factor\":1,\"high_freq_factor\":4,"
        + "\"original_max_position_embeddings\":8192}", 8, 1, 4, 8192)]
    [InlineData("\"rope_parameters\":{\"rope_type\":\"linear\",\"factor\":2,\"rope_theta\":500000}", 2, 0, 0, 4096)]
    public void RopeScaling_KnownKinds(string more, double factor, double low, double high, int original) =>
        Assert.Equal(new RopeScaling(factor, low, high, original), Read("llama", more).RopeScaling);

    [Fact]
    public void RopeParameters_HoldTheta()
    {
        ModelConfig config = Read("llama", "\"rope_parameters\":{\"rope_type\":\"default\",\"rope_theta\":500000}");
        Assert.Equal((500000.0, null), (config.RopeTheta, config.RopeScaling));
    }

    [Theory]
    [InlineData("{\"eos_token_id\":5}", new[] { 5 })]
    [InlineData("{\"eos_token_id\":[5,7,5]}", new[] { 5, 7 })]
    [InlineData("{}", new[] { 3 })]
    [InlineData(null, new[] { 3 })]
    public void EndTokens_GenerationConfigGoesFirst(string? generation, int[] expected)
    {
        ModelConfig config = Read("llama", "\"eos_token_id\":3,\"bos_token_id\":1", generation);
        Assert.Equal(expected, config.EndTokenIds);
        Assert.Equal(1, config.BeginTokenId);
    }

    [Theory]
    [InlineData("\"num_key_value_heads\":3", "num_key_value_heads")]
    [InlineData("\"num_key_value_heads\":0", "num_key_value_heads")]
    [InlineData("\"head_dim\":15", "head_dim")]
    [InlineData("\"head_dim\":-2", "head_dim")]
    [InlineData("\"rms_norm_eps\":0", "rms_norm_eps")]
    [InlineData("\"rms_norm_eps\":1e999", "rms_norm_eps")]
    [InlineData("\"rope_theta\":-1", "rope_theta")]
    [InlineData("\"rope_scaling\":{\"type\":\"dynamic\",\"factor\":2}", "rope_scaling.type")]
    [InlineData("\"rope_scaling\":{\"rope_type\":\"yarn\",\"factor\":2}", "rope_scaling.rope_type")]
    [InlineData("\"rope_scaling\":{\"rope_type\":\"linear\"}", "rope_scaling.factor")]
    [InlineData("\"rope_scaling\":{\"rope_type\":\"llama3\",\"factor\":8,\"low_freq_factor\":4,\"high_freq_factor\":4,"
        + "\"original_max_position_embeddings\":8192}", "high_freq_factor")]
    [InlineData("\"rope_scaling\":7", "rope_scaling")]
    [InlineData("\"hidden_act\":\"gelu\"", "hidden_act")]
    [InlineData("\"mlp_bias\":true", "mlp_bias")]
    [InlineData("\"quantization_config\":{}", "quantization_config")]
    [InlineData("\"partial_rotary_factor\":0.5", "partial_rotary_factor")]
    [InlineData("\"eos_token_id\":100", "eos_token_id")]
    [InlineData("\"eos_token_id\":[-1]", "eos_token_id[0]")]
    [InlineData("\"tie_word_embeddings\":\"yes\"", "tie_word_embeddings")]
    [InlineData("\"vocab_size\":100", "JSON")]
    public void Field_Unusable_IsNamed(string more, string named)
    {
        string message = Fault("llama", more);
        Assert.Contains("config.json", message);
        Assert.Contains(named, message);
    }

    [Theory]
    [InlineData("vocab_size", "0")]
    [InlineData("vocab_size", "2147483648")]
    [InlineData("hidden_size", "-64")]
    [InlineData("hidden_size", "66")]
    [InlineData("hidden_size", "12")]
    [InlineData("intermediate_size", "1.5")]
    [InlineData("num_hidden_layers", "\"4\"")]
    [InlineData("num_attention_heads", "null")]
    [InlineData("max_position_embeddings", "0")]
    public void Size_Unusable_IsNamed(string field, string value)
    {
        string config = $"{{\"model_type\":\"llama\",{Sizes}}}";
        int start = config.IndexOf(field, StringComparison.Ordinal) + field.Length + 2;
        int end = config.IndexOfAny([',', '}'], start);
        using TinyFolder tiny = new(config[..start] + value + config[end..]);
        Assert.Contains(field, Assert.Throws<ModelFormatException>(tiny.Open).Message);
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("mixtral")]
    public void Architecture_Unknown_ListsTheKnown(string family) =>
        Assert.Contains("llama, mistral, qwen2, qwen3", Fault(family, "\"x\":1"));
}
