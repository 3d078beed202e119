namespace Speculative;

/// <summary>Reads config.json and generation_config.json of a Llama-family model folder.</summary>
static class ModelConfigReader
{
    const int MostTokens = 1 << 24, MostWidth = 1 << 20, MostLayers = 4096, MostContext = 1 << 27;

    static readonly string[] Families = ["llama", "mistral", "qwen2", "qwen3"];

    /// <summary>Reads and checks the configuration of a folder.</summary>
    public static ModelConfig Read(string folder)
    {
        string path = Path.Combine(folder, "config.json"), generationPath = Path.Combine(folder, "generation_config.json");
        JsonFile json = JsonFile.Read(path);
        string family = json.Text("model_type") ?? "(nothing)";
        if (!Families.Contains(family))
            throw new ModelFormatException($"{path}: unknown architecture '{family}'; known are {string.Join(", ", Families)}.");
        int hidden = json.Required("hidden_size", json.Count("hidden_size", MostWidth));
        int heads = json.Required("num_attention_heads", json.Count("num_attention_heads", MostWidth));
        ModelConfig config = new()
        {
            ModelType = family,
            VocabularySize = json.Required("vocab_size", json.Count("vocab_size", MostTokens)),
            HiddenSize = hidden,
            IntermediateSize = json.Required("intermediate_size", json.Count("intermediate_size", MostWidth)),
            LayerCount = json.Required("num_hidden_layers", json.Count("num_hidden_layers", MostLayers)),
            HeadCount = heads,
            KeyValueHeadCount = json.Count("num_key_value_heads", heads) ?? heads,
            HeadSize = json.Count("head_dim", MostWidth) ?? (family == "qwen3" ? 128 : hidden / heads),
            MaxContextLength = Context(json, family),
            NormEpsilon = (float)(json.Number("rms_norm_eps") ?? 1e-6),
            RopeTheta = json.Number("rope_theta") ?? json.Object("rope_parameters")?.Number("rope_theta") ?? 10000,
            RopeScaling = Scaling(json),
            TiedEmbeddings = json.Switch("tie_word_embeddings") ?? false,
            QueryKeyValueBias = family == "qwen2" || (json.Switch("attention_bias") ?? false),
            QueryKeyNorm = family == "qwen3",
            BeginTokenId = json.TokenIds("bos_token_id") is [var begin, ..] ? begin : null,
            EndTokenIds = (File.Exists(generationPath) ? JsonFile.Read(generationPath).TokenIds("eos_token_id") : null) ?? json.TokenIds("eos_token_id") ?? [],
        };
        return Checked(config, json, path);
    }

    static ModelConfig Checked(ModelConfig config, JsonFile json, string path)
    {
        if (json.Text("hidden_act") is { } activation && activation != "silu")
            throw json.Broken("hidden_act", "\"silu\"");
        if (json.Number("partial_rotary_factor") is not (null or 1))
            throw json.Broken("partial_rotary_factor", "1");
        if (config.RopeScaling is { LowFrequencyFactor: > 0 } scaling && scaling.HighFrequencyFactor <= scaling.LowFrequencyFactor)
            throw json.Broken("rope_scaling", "of a 'high_freq_factor' above its 'low_freq_factor'");
        if (json.Switch("mlp_bias") ?? false)
            throw json.Broken("mlp_bias", "false");
        if (config.ModelType != "qwen2" && config.QueryKeyValueBias)
            throw json.Broken("attention_bias", "false (elsewhere than in Qwen2 the output product would have a bias, too)");
        if (config.HeadCount % config.KeyValueHeadCount != 0)
            throw new ModelFormatException(
                $"{path}: expected 'num_attention_heads' to be a multiple of 'num_key_value_heads', found {config.HeadCount} and {config.KeyValueHeadCount}.");
        if (config.HeadSize < 2 || config.HeadSize % 2 != 0)
            throw new ModelFormatException($"{path}: expected an even head size of at least 2, found {config.HeadSize}.");
        if (config.HeadSize > MostWidth / config.HeadCount)
            throw new ModelFormatException($"{path}: {config.HeadCount} heads of {config.HeadSize} are wider than the {MostWidth} that this engine handles.");
        if (config.EndTokenIds.Any(id => id >= config.VocabularySize))
            throw new ModelFormatException($"{path}: expected 'eos_token_id' below {config.VocabularySize}, found {string.Join(", ", config.EndTokenIds)}.");
        return config;
    }

    /// <summary>The positions; a sliding window that is in use and shorter limits them, since beyond it these engines would see more than the model may.</summary>
    static int Context(JsonFile json, string family)
    {
        int positions = json.Required("max_position_embeddings", json.Count("max_position_embeddings", MostContext));
        bool slides = family == "mistral" || (json.Switch("use_sliding_window") ?? false);
        return slides && json.Count("sliding_window", MostContext) is { } window ? Math.Min(positions, window) : positions;
    }

    static RopeScaling? Scaling(JsonFile json)
    {
        string field = json.Object("rope_scaling") is null ? "rope_parameters" : "rope_scaling";
        if (json.Object(field) is not { } scaling)
            return null;
        double Number(string name) => scaling.Required(name, scaling.Number(name));
        return (scaling.Text("rope_type") ?? scaling.Text("type") ?? "default") switch
        {
            "default" => null,
            "linear" => new(Number("factor"), 0, 0, 0),
            "llama3" => new(Number("factor"), Number("low_freq_factor"), Number("high_freq_factor"),
                scaling.Required("original_max_position_embeddings", scaling.Count("original_max_position_embeddings", MostContext))),
            var type => throw json.Broken(field, $"of type default, linear or llama3 ('{type}' is not supported)"),
        };
    }
}
