using System.Text.Json;

namespace Speculative;

/// <summary>Reads config.json and generation_config.json with the defaults of each family's configuration class.</summary>
sealed class ModelConfigReader(JsonField config, JsonField? generation, string family)
{
    const long MaxBytes = 16 << 20;
    static readonly string[] families = ["llama", "mistral", "qwen2", "qwen3"];

    public static ModelConfig Read(string folder)
    {
        JsonField config = JsonField.Read(Path.Combine(folder, "config.json"), MaxBytes);
        string generation = Path.Combine(folder, "generation_config.json");
        string family = config["model_type"].Text();
        if (!families.Contains(family))
            throw config["model_type"].Fault($"a known architecture ({string.Join(", ", families)})");
        return new ModelConfigReader(config, File.Exists(generation) ? JsonField.Read(generation, MaxBytes) : null, family).Read();
    }

    ModelConfig Read()
    {
        RefuseWhatWouldBeIgnored();
        int heads = config["num_attention_heads"].Int(1, 1 << 14);
        int hidden = config["hidden_size"].Int(1, 1 << 20);
        int vocabulary = config["vocab_size"].Int(1, 1 << 24);
        int layers = config["num_hidden_layers"].Int(1, 1 << 14);
        int context = config["max_position_embeddings"].Int(1, 1 << 28);
        JsonField rope = config["rope_parameters"].IsNull ? config["rope_scaling"] : config["rope_parameters"];
        return new()
        {
            ModelType = family,
            VocabularySize = vocabulary,
            HiddenSize = hidden,
            IntermediateSize = config["intermediate_size"].Int(1, 1 << 24),
            LayerCount = layers,
            HeadCount = heads,
            KeyValueHeadCount = KeyValueHeads(heads),
            HeadSize = HeadSize(hidden, heads),
            MaxContextLength = Math.Min(context, Window(layers)),
            NormEpsilon = (float)config["rms_norm_eps"].Positive(1e-6),
            RopeTheta = (rope.IsNull || rope["rope_theta"].IsNull ? config["rope_theta"] : rope["rope_theta"]).Positive(10000),
            RopeScaling = rope.IsNull ? null : Scaling(rope, context),
            TiedEmbeddings = config["tie_word_embeddings"].Bool(false),
            QueryKeyValueBias = family == "qwen2" || family != "mistral" && config["attention_bias"].Bool(false),
            QueryKeyNorm = family == "qwen3",
            BeginTokenId = config["bos_token_id"].IsNull ? null : config["bos_token_id"].Int(0, vocabulary - 1),
            EndTokenIds = EndTokens(vocabulary),
            ExitLayers = config["exit_layers"].IsNull ? []
                : [.. config["exit_layers"].Items().Select(layer => layer.Int(1, layers - 1)).Distinct().Order()],
        };
    }

    void RefuseWhatWouldBeIgnored()
    {
        if (config["hidden_act"].Text("silu") is not ("silu" or "swish"))
            throw config["hidden_act"].Fault("silu");
        if (config["mlp_bias"].Bool(false))
            throw config["mlp_bias"].Fault("false");
        if (!config["quantization_config"].IsNull)
            throw config["quantization_config"].Fault("none (weights in F32, F16 or BF16)");
        if (config["partial_rotary_factor"].Positive(1) != 1)
            throw config["partial_rotary_factor"].Fault("1");
    }

    int KeyValueHeads(int heads)
    {
        JsonField field = config["num_key_value_heads"];
        int absent = family switch { "mistral" => 8, "qwen2" or "qwen3" => 32, _ => heads };
        int count = field.Element.ValueKind == JsonValueKind.Null ? heads : field.Int(1, heads, absent);
        return heads % count == 0 ? count : throw field.Fault($"a divisor of num_attention_heads ({heads})");
    }

    int HeadSize(int hidden, int heads)
    {
        JsonField field = config["head_dim"];
        if (field.IsNull && family != "qwen3" && hidden % heads != 0)
            throw config["hidden_size"].Fault($"a multiple of num_attention_heads ({heads})");
        int size = field.Int(1, 1 << 13, family == "qwen3" ? 128 : hidden / heads);
        if (size % 2 == 0)
            return size;
        throw field.IsNull ? config["hidden_size"].Fault($"an even number for each of {heads} heads") : field.Fault("an even number");
    }

    /// <summary>A context no longer than the window never leaves it, where full attention is exact: longer ones are not offered.</summary>
    int Window(int layers)
    {
        JsonField window = config["sliding_window"];
        if (family == "llama")
            return int.MaxValue;
        if (family == "mistral")
            return window.Element.ValueKind == JsonValueKind.Null ? int.MaxValue : window.Int(1, int.MaxValue, 4096);
        if (!config["use_sliding_window"].Bool(false) || !SomeLayerSlides(layers))
            return int.MaxValue;
        return window.Int(1, int.MaxValue, 4096);
    }

    bool SomeLayerSlides(int layers)
    {
        JsonField types = config["layer_types"];
        return types.IsNull
            ? config["max_window_layers"].Int(0, int.MaxValue, 28) < layers
            : types.Items().Any(type => type.Text() == "sliding_attention");
    }

    static RopeScaling? Scaling(JsonField rope, int context)
    {
        JsonField type = rope["rope_type"].IsNull ? rope["type"] : rope["rope_type"];
        if (rope["partial_rotary_factor"].Positive(1) != 1)
            throw rope["partial_rotary_factor"].Fault("1");
        return type.Text("default") switch
        {
            "default" => null,
            "linear" => new(rope["factor"].Positive(), 0, 0, context),
            "llama3" => Llama3(rope),
            _ => throw type.Fault("default, linear or llama3"),
        };
    }

    static RopeScaling Llama3(JsonField rope)
    {
        RopeScaling scaling = new(rope["factor"].Positive(), rope["low_freq_factor"].Positive(), rope["high_freq_factor"].Positive(),
            rope["original_max_position_embeddings"].Int(1, 1 << 28));
        return scaling.LowFrequencyFactor < scaling.HighFrequencyFactor
            ? scaling
            : throw rope["high_freq_factor"].Fault($"more than low_freq_factor ({scaling.LowFrequencyFactor})");
    }

    int[] EndTokens(int vocabulary)
    {
        JsonField own = generation is { } settings ? settings["eos_token_id"] : default;
        JsonField ids = own.IsNull ? config["eos_token_id"] : own;
        if (ids.IsNull)
            return [];
        return ids.Element.ValueKind == JsonValueKind.Array
            ? [.. ids.Items().Select(id => id.Int(0, vocabulary - 1)).Distinct()]
            : [ids.Int(0, vocabulary - 1)];
    }
}
