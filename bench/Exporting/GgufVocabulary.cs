using System.Text.Json.Nodes;

namespace Speculative.Bench.Exporting;

/// <summary>A model folder's tokenizer and chat template as GGUF metadata; byte-level BPE only.</summary>
sealed class GgufVocabulary(string folder, ModelConfig config)
{
    const string Contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)", Rest = @"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    const string Letters = @"|[^\r\n\p{L}\p{N}]?\p{L}+";
    const int Normal = 1, Control = 3, UserDefined = 4, Unused = 5;

    readonly JsonNode root = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "tokenizer.json")))!;

    bool TakesWordsWhole => (bool?)root["model"]!["ignore_merges"] ?? false;


    public void Add(GgufWriter writer)
    {
        string[] tokens = [.. Enumerable.Range(0, config.VocabularySize).Select(id => $"[PAD{id}]")];
        int[] kinds = [.. tokens.Select(_ => Unused)];
        foreach ((string token, JsonNode? id) in root["model"]!["vocab"]!.AsObject())
            (tokens[(int)id!], kinds[(int)id!]) = (token, Normal);
        foreach (JsonNode? token in root["added_tokens"]?.AsArray() ?? [])
            (tokens[(int)token!["id"]!], kinds[(int)token["id"]!]) =
                ((string)token["content"]!, (bool?)token["special"] ?? false ? Control : UserDefined);
        writer.Add("tokenizer.ggml.model", "gpt2");
        writer.Add("tokenizer.ggml.pre", PreTokenizer());
        writer.Add("tokenizer.ggml.tokens", tokens);
        writer.Add("tokenizer.ggml.token_type", kinds);
        writer.Add("tokenizer.ggml.merges", [.. root["model"]!["merges"]!.AsArray().Select(Merge)]);
        if (config.BeginTokenId is { } begin)
            writer.Add("tokenizer.ggml.bos_token_id", begin);
        foreach ((string name, int id) in ((string[])["eos", "eot", "eom"]).Zip(config.EndTokenIds))
            writer.Add($"tokenizer.ggml.{name}_token_id", id);
        writer.Add("tokenizer.ggml.add_bos_token", false); // templates write it, and llama.cpp would write a second one
        if (ChatTemplate() is { } template)
            writer.Add("tokenizer.chat_template", template);
    }

    static bool Composes(JsonNode? normalizer) => (string?)normalizer?["type"] switch
    {
        "Sequence" => normalizer["normalizers"]!.AsArray().Any(Composes),
        "NFC" => true,
        _ => false,
    };

    static string Merge(JsonNode? merge) => merge is JsonArray parts ? $"{parts[0]} {parts[1]}" : (string)merge!;

    /// <summary>The name that llama.cpp has for how text is cut into words.</summary>
    string PreTokenizer()
    {
        JsonNode? pre = root["pre_tokenizer"];
        JsonNode?[] steps = (string?)pre?["type"] == "Sequence" ? [.. pre["pretokenizers"]!.AsArray()] : [pre];
        bool byteLevel = (string?)steps[^1]?["type"] == "ByteLevel" && !((bool?)steps[^1]!["add_prefix_space"] ?? true);
        bool cuts = byteLevel && ((bool?)steps[^1]!["use_regex"] ?? true);
        string? found = steps switch
        {
            [_] when cuts => "gpt-2",
            [var digits, _] when cuts && (string?)digits!["type"] == "Digits" && ((bool?)digits["individual_digits"] ?? false) => "smollm",
            [var split, _] when byteLevel && !cuts => (string?)split!["pattern"]?["Regex"] switch
            {
                Contractions + Letters + @"|\p{N}{1,3}" + Rest => TakesWordsWhole ? "llama-bpe" : "smaug-bpe",
                Contractions + Letters + @"|\p{N}" + Rest => Composes(root["normalizer"]) ? "qwen2" : "deepseek-r1-qwen",
                _ => null,
            },
            _ => null,
        };
        return found ?? throw new BenchException(
            $"{folder}: expected a tokenizer that cuts words like GPT-2, Llama 3, Qwen2 or SmolLM: others cannot be exported.");
    }

    string? ChatTemplate()
    {
        string jinja = Path.Combine(folder, "chat_template.jinja"), settings = Path.Combine(folder, "tokenizer_config.json");
        if (File.Exists(jinja))
            return File.ReadAllText(jinja);
        return File.Exists(settings) && JsonNode.Parse(File.ReadAllText(settings))!["chat_template"] is JsonValue template
            ? (string?)template : null;
    }
}
