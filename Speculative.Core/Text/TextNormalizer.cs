using System.Text;
using System.Text.Json;

namespace Speculative;

/// <summary>The "normalizer" of a tokenizer.json: what happens to text before it is cut into pieces.</summary>
sealed class TextNormalizer
{
    readonly List<Func<string, string>> steps = [];

    /// <summary>Reads the normalizer; undefined stands for none.</summary>
    public TextNormalizer(JsonElement json)
    {
        if (json.ValueKind == JsonValueKind.Object)
            Add(json);
    }

    public string Apply(string text) => steps.Aggregate(text, (current, step) => step(current));

    void Add(JsonElement json)
    {
        string type = json.GetProperty("type").GetString() ?? "";
        switch (type)
        {
            case "Sequence":
                foreach (JsonElement inner in json.GetProperty("normalizers").EnumerateArray())
                    Add(inner);
                break;
            case "Prepend":
                string prefix = json.GetProperty("prepend").GetString()!;
                steps.Add(text => text.Length == 0 ? text : prefix + text);
                break;
            case "Replace" when json.GetProperty("pattern").TryGetProperty("String", out JsonElement pattern):
                string old = pattern.GetString()!, content = json.GetProperty("content").GetString()!;
                steps.Add(text => text.Replace(old, content, StringComparison.Ordinal));
                break;
            case "NFC" or "NFD" or "NFKC" or "NFKD":
                NormalizationForm form = Enum.Parse<NormalizationForm>(type.Replace("NF", "Form", StringComparison.Ordinal));
                steps.Add(text => text.Normalize(form));
                break;
            default:
                throw new FormatException($"normalizer '{type}' is not supported; known are Sequence, Prepend, Replace of a string, NFC, NFD, NFKC, NFKD");
        }
    }
}
