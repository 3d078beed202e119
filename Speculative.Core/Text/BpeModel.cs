using System.Text.Json;

namespace Speculative;

/// <summary>The <c>model</c> of a tokenizer.json: vocabulary and merges, checked.</summary>
sealed record BpeModel(string File, Dictionary<string, int> Vocabulary, IReadOnlyList<(string Left, string Right)> Merges)
{
    /// <summary>Ids are array indices: larger ones would take memory that no vocabulary needs.</summary>
    public const int MaxTokenId = (1 << 22) - 1;

    /// <summary>A word that is a token is taken whole, <c>ignore_merges</c>.</summary>
    public bool IgnoresMerges { get; init; }

    /// <summary>Unknown characters become <c>&lt;0xXX&gt;</c> tokens, <c>byte_fallback</c>.</summary>
    public bool FallsBackToBytes { get; init; }

    /// <summary>The id of <c>unk_token</c>.</summary>
    public int? UnknownTokenId { get; init; }

    /// <summary>Neighbouring unknown characters become one unknown token, <c>fuse_unk</c>.</summary>
    public bool FusesUnknown { get; init; }

    public static BpeModel Read(string file, JsonField model)
    {
        if (model["type"].Text("BPE") != "BPE")
            throw model["type"].Fault("BPE");
        foreach (string affix in (ReadOnlySpan<string>)["continuing_subword_prefix", "end_of_word_suffix"])
            if (model[affix].Text("").Length > 0)
                throw model[affix].Fault("none");
        JsonField dropout = model["dropout"];
        if (!dropout.IsNull && !(dropout.Element.ValueKind == JsonValueKind.Number && dropout.Element.GetDouble() == 0))
            throw dropout.Fault("none");
        Dictionary<string, int> vocabulary = ReadVocabulary(model["vocab"]);
        JsonField unknown = model["unk_token"];
        return new(file, vocabulary, [.. model["merges"].Items().Select(merge => ReadMerge(merge, vocabulary))])
        {
            IgnoresMerges = model["ignore_merges"].Bool(false),
            FallsBackToBytes = model["byte_fallback"].Bool(false),
            FusesUnknown = model["fuse_unk"].Bool(false),
            UnknownTokenId = unknown.IsNull ? null
                : vocabulary.TryGetValue(unknown.Text(), out int id) ? id : throw unknown.Fault("a token of the vocabulary"),
        };
    }

    static Dictionary<string, int> ReadVocabulary(JsonField vocab)
    {
        Dictionary<string, int> vocabulary = [];
        HashSet<int> taken = [];
        foreach ((string token, JsonField id) in vocab.Members())
            if (!taken.Add(vocabulary[token] = id.Int(0, MaxTokenId)))
                throw id.Fault("an id of its own");
        return vocabulary;
    }

    static (string Left, string Right) ReadMerge(JsonField merge, Dictionary<string, int> vocabulary)
    {
        string[] parts = merge.Element.ValueKind == JsonValueKind.Array
            ? [.. merge.Items().Select(part => part.Text())] : merge.Text().Split(' ');
        bool known = parts is [var left, var right]
            && vocabulary.ContainsKey(left) && vocabulary.ContainsKey(right) && vocabulary.ContainsKey(left + right);
        return known ? (parts[0], parts[1]) : throw merge.Fault("two tokens whose concatenation is a token");
    }
}
