using System.Text.Json;
using System.Text.RegularExpressions;

namespace Speculative;

/// <summary>The "pre_tokenizer" of a tokenizer.json: cuts text into the pieces within which merges apply.</summary>
/// <remarks>
/// Patterns run over UTF-16 units, as .NET's do: a letter beyond the basic plane counts as a symbol, not as a letter. That moves piece borders in
/// scripts which byte-level vocabularies spell byte by byte anyway.
/// </remarks>
sealed class PreTokenizer
{
    const string Gpt2Pattern = @"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    readonly List<Func<string, bool, IEnumerable<string>>> steps = [];

    /// <summary>Reads the pre-tokenizer; undefined stands for none.</summary>
    public PreTokenizer(JsonElement json)
    {
        if (json.ValueKind == JsonValueKind.Object)
            Add(json);
    }

    /// <summary>Whether the pieces' bytes are spelled in GPT-2's alphabet.</summary>
    public bool ByteLevel { get; private set; }

    /// <summary>Whether spaces are spelled as U+2581.</summary>
    public bool Metaspace { get; private set; }

    /// <summary>The pieces of a text; <paramref name="first"/> tells whether it begins the whole input.</summary>
    public IEnumerable<string> Split(string text, bool first) =>
        steps.Aggregate(Enumerable.Repeat(text, 1), (pieces, step) => pieces.SelectMany((piece, index) => step(piece, first && index == 0)));

    void Add(JsonElement json)
    {
        string type = json.GetProperty("type").GetString() ?? "";
        switch (type)
        {
            case "Sequence":
                foreach (JsonElement inner in json.GetProperty("pretokenizers").EnumerateArray())
                    Add(inner);
                break;
            case "ByteLevel":
                ByteLevel = true;
                if (json.TryGetProperty("add_prefix_space", out JsonElement prefix) && prefix.GetBoolean())
                    steps.Add((text, _) => [text.StartsWith(' ') ? text : ' ' + text]);
                if (!json.TryGetProperty("use_regex", out JsonElement useRegex) || useRegex.GetBoolean())
                    AddPattern(Gpt2Pattern);
                break;
            case "Digits":
                AddPattern(json.TryGetProperty("individual_digits", out JsonElement single) && single.GetBoolean() ? @"\p{N}" : @"\p{N}+");
                break;
            case "Split" when json.GetProperty("behavior").GetString() == "Isolated":
                JsonElement pattern = json.GetProperty("pattern");
                AddPattern(pattern.TryGetProperty("Regex", out JsonElement regex) ? regex.GetString()! : Regex.Escape(pattern.GetProperty("String").GetString()!));
                break;
            case "Metaspace":
                AddMetaspace(json);
                break;
            default:
                throw new FormatException($"pre-tokenizer '{type}' is not supported; known are Sequence, ByteLevel, Digits, Split (Isolated), Metaspace");
        }
    }

    /// <summary>Matches are pieces, and so is what lies between them.</summary>
    void AddPattern(string pattern)
    {
        Regex regex = new(pattern, RegexOptions.CultureInvariant);
        steps.Add((text, _) => Isolate(regex, text));
    }

    static IEnumerable<string> Isolate(Regex regex, string text)
    {
        int end = 0;
        for (Match match = regex.Match(text); match.Success; match = match.NextMatch())
        {
            if (match.Index > end)
                yield return text[end..match.Index];
            if (match.Length > 0)
                yield return match.Value;
            end = match.Index + match.Length;
        }
        if (end < text.Length)
            yield return text[end..];
    }

    void AddMetaspace(JsonElement json)
    {
        Metaspace = true;
        string scheme = json.TryGetProperty("prepend_scheme", out JsonElement named) ? named.GetString()!
            : json.TryGetProperty("add_prefix_space", out JsonElement prefix) && !prefix.GetBoolean() ? "never" : "always";
        steps.Add((text, first) =>
        {
            string spelled = text.Replace(' ', Tokenizer.Space);
            return [(scheme == "always" || scheme == "first" && first) && !spelled.StartsWith(Tokenizer.Space) ? Tokenizer.Space + spelled : spelled];
        });
        if (!json.TryGetProperty("split", out JsonElement split) || split.GetBoolean())
            AddPattern($"{Tokenizer.Space}?[^{Tokenizer.Space}]+|{Tokenizer.Space}");
    }
}
