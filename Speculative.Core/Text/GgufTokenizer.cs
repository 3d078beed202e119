using System.Buffers;
using System.Text.Json;

namespace Speculative;

/// <summary>
/// Writes the tokenizer.json that the metadata of a GGUF file stand for, so that both are read, checked and executed by the same code.
/// </summary>
sealed class GgufTokenizer
{
    const string Gpt2 = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
        Llama3 = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        Qwen2 = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        Tekken = @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"
            + @"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*"
            + @"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        ModelKey = "tokenizer.ggml.model", PreKey = "tokenizer.ggml.pre", TokensKey = "tokenizer.ggml.tokens";

    /// <summary>Characters of a token: every cut of one is looked at, so a long one takes time by its square.</summary>
    const int LongestToken = 4096;

    /// <summary>What the squares of all tokens' lengths may add up to; Llama 2's come to some millions.</summary>
    const long MostCuts = 1 << 28;

    /// <summary>What <c>tokenizer.ggml.pre</c> names.</summary>
    static readonly Dictionary<string, Words> known = new()
    {
        ["gpt-2"] = new(Gpt2),
        ["llama-bpe"] = new(Llama3) { AreTakenWhole = true },
        ["llama3"] = new(Llama3) { AreTakenWhole = true },
        ["llama-v3"] = new(Llama3) { AreTakenWhole = true },
        ["smaug-bpe"] = new(Llama3),
        ["tekken"] = new(Tekken) { AreTakenWhole = true },
        ["qwen2"] = new(Qwen2) { AreComposed = true },
        ["deepseek-r1-qwen"] = new(Qwen2),
        ["smollm"] = new(@"\p{N}", Gpt2),
        ["default"] = new(@"[\p{P}\$\+<=>\^~\|]+", Gpt2, @"\p{N}+", "[0-9][0-9][0-9]"),
    };

    readonly GgufMetadata metadata;
    readonly string[] tokens;
    readonly GgufTokenKind[] kinds;

    GgufTokenizer(GgufMetadata metadata)
    {
        this.metadata = metadata;
        tokens = metadata.Texts(TokensKey);
        const string key = "tokenizer.ggml.token_type";
        kinds = metadata.Has(key)
            ? [.. metadata.Numbers(key).Select(number => (GgufTokenKind)number)] : [.. tokens.Select(_ => GgufTokenKind.Normal)];
        if (kinds.Length != tokens.Length)
            throw metadata.Fault(key, $"a number for each of {tokens.Length} tokens");
        if (tokens.Length == 0 || tokens.Length > BpeModel.MaxTokenId + 1)
            throw metadata.Fault(TokensKey, $"1 to {BpeModel.MaxTokenId + 1} tokens");
        if (Array.FindIndex(tokens, token => token.Length > LongestToken) is >= 0 and var id)
            throw metadata.Fault(TokensKey, $"tokens of at most {LongestToken} characters (token {id} has {tokens[id].Length})");
    }

    /// <summary>The root of the tokenizer.json.</summary>
    public static JsonField Read(GgufMetadata metadata)
    {
        string model = metadata.Text(ModelKey);
        if (model is not ("gpt2" or "llama"))
            throw metadata.Fault(ModelKey, "gpt2 (byte-level BPE) or llama (SentencePiece)");
        GgufTokenizer tokenizer = new(metadata);
        ArrayBufferWriter<byte> bytes = new();
        using (Utf8JsonWriter json = new(bytes))
        {
            json.WriteStartObject();
            tokenizer.WriteAdded(json);
            if (model == "gpt2")
                tokenizer.WriteByteLevel(json);
            else
                tokenizer.WriteSentencePiece(json);
            json.WriteEndObject();
        }
        return JsonField.Parse(metadata.FilePath, "", bytes.WrittenMemory);
    }

    void WriteAdded(Utf8JsonWriter json)
    {
        json.WriteStartArray("added_tokens");
        for (int id = 0; id < tokens.Length; id++)
            if (tokens[id].Length > 0 && kinds[id] is GgufTokenKind.Unknown or GgufTokenKind.Control or GgufTokenKind.UserDefined)
            {
                json.WriteStartObject();
                json.WriteNumber("id", id);
                json.WriteString("content", tokens[id]);
                json.WriteBoolean("special", kinds[id] != GgufTokenKind.UserDefined);
                json.WriteBoolean("normalized", false);
                json.WriteEndObject();
            }
        json.WriteEndArray();
    }

    void WriteByteLevel(Utf8JsonWriter json)
    {
        string pre = metadata.Text(PreKey, "default");
        if (!known.TryGetValue(pre, out Words? words))
            throw metadata.Fault(PreKey, string.Join(", ", known.Keys));
        if (words.AreComposed)
            WriteObject(json, "normalizer", ("type", "NFC"));
        json.WriteStartObject("pre_tokenizer");
        json.WriteString("type", "Sequence");
        json.WriteStartArray("pretokenizers");
        foreach (string expression in words.Expressions)
            WriteSplit(json, expression);
        json.WriteRawValue("""{"type":"ByteLevel","add_prefix_space":false,"use_regex":false}""");
        json.WriteEndArray();
        json.WriteEndObject();
        WriteObject(json, "decoder", ("type", "ByteLevel"));
        json.WriteStartObject("model");
        json.WriteBoolean("ignore_merges", words.AreTakenWhole);
        WriteVocabulary(json);
        json.WriteStartArray("merges");
        foreach (string merge in metadata.Texts("tokenizer.ggml.merges"))
            json.WriteStringValue(merge);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>A SentencePiece model as Hugging Face converts it: scores become an order of merges.</summary>
    void WriteSentencePiece(Utf8JsonWriter json)
    {
        bool addsSpace = metadata.Bool("tokenizer.ggml.add_space_prefix", true);
        json.WritePropertyName("normalizer");
        json.WriteRawValue($$"""
            {"type":"Sequence","normalizers":[{{(addsSpace ? """{"type":"Prepend","prepend":"▁"},""" : "")}}
             {"type":"Replace","pattern":{"String":" "},"content":"▁"}]}
            """);
        if (addsSpace)
            json.WritePropertyName("decoder");
        if (addsSpace)
            json.WriteRawValue("""{"type":"Strip","content":" ","start":1,"stop":0}""");
        json.WriteStartObject("model");
        json.WriteBoolean("byte_fallback", kinds.Contains(GgufTokenKind.Byte));
        json.WriteBoolean("fuse_unk", true);
        if (Array.IndexOf(kinds, GgufTokenKind.Unknown) is >= 0 and var unknown)
            json.WriteString("unk_token", tokens[unknown]);
        WriteVocabulary(json);
        json.WriteStartArray("merges");
        foreach ((string left, string right) in Merges())
        {
            json.WriteStartArray();
            json.WriteStringValue(left);
            json.WriteStringValue(right);
            json.WriteEndArray();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>Every way to put a token together of two, the highest score first, of equal scores the longest left part.</summary>
    IEnumerable<(string Left, string Right)> Merges()
    {
        double[] scores = metadata.Numbers("tokenizer.ggml.scores");
        if (scores.Length != tokens.Length)
            throw metadata.Fault("tokenizer.ggml.scores", $"a score for each of {tokens.Length} tokens");
        if (tokens.Sum(token => (long)token.Length * token.Length) > MostCuts)
            throw metadata.Fault(TokensKey, "tokens as short as words are");
        HashSet<string> words = [.. tokens.Where((_, id) => IsWord(id))];
        HashSet<int> lengths = [.. words.Select(word => word.Length)];
        return tokens.Index().Where(token => kinds[token.Index] is GgufTokenKind.Normal)
            .SelectMany(token => Enumerable.Range(1, Math.Max(0, token.Item.Length - 1))
                .Where(cut => lengths.Contains(cut) && lengths.Contains(token.Item.Length - cut))
                .Select(cut => (Left: token.Item[..cut], Right: token.Item[cut..], Score: scores[token.Index])))
            .Where(merge => words.Contains(merge.Left) && words.Contains(merge.Right))
            .OrderByDescending(merge => merge.Score)
            .ThenByDescending(merge => merge.Left.Length).ThenByDescending(merge => merge.Right.Length)
            .Select(merge => (merge.Left, merge.Right));
    }

    void WriteVocabulary(Utf8JsonWriter json)
    {
        json.WriteString("type", "BPE");
        json.WriteStartObject("vocab");
        for (int id = 0; id < tokens.Length; id++)
            if (IsWord(id))
                json.WriteNumber(tokens[id], id);
        json.WriteEndObject();
    }

    /// <summary>A token that merges can make; the others are found in the text or are not there at all.</summary>
    bool IsWord(int id) => kinds[id] is GgufTokenKind.Normal or GgufTokenKind.Unknown or GgufTokenKind.Byte;

    static void WriteSplit(Utf8JsonWriter json, string expression)
    {
        json.WriteStartObject();
        json.WriteString("type", "Split");
        WriteObject(json, "pattern", ("Regex", expression));
        json.WriteString("behavior", "Isolated");
        json.WriteEndObject();
    }

    static void WriteObject(Utf8JsonWriter json, string name, (string Name, string Value) member)
    {
        json.WriteStartObject(name);
        json.WriteString(member.Name, member.Value);
        json.WriteEndObject();
    }

    /// <summary>How text is cut into words, by expressions applied one after the other, and what becomes of them.</summary>
    sealed class Words(params string[] expressions)
    {
        public string[] Expressions => expressions;

        /// <summary>Whether a word that is a token is that token, whatever merges would make of it.</summary>
        public bool AreTakenWhole { get; init; }

        /// <summary>Whether the text is brought into canonical composition first.</summary>
        public bool AreComposed { get; init; }
    }
}
