using System.Text.RegularExpressions;

namespace Speculative;

/// <summary>Reads the <c>normalizer</c> of a tokenizer.json.</summary>
static class TextNormalizer
{
    /// <summary>What it does to a piece of text; pieces are never empty.</summary>
    public static Func<string, string> Read(JsonField field)
    {
        if (field.IsNull)
            return text => text;
        switch (field["type"].Text())
        {
            case "Sequence":
                Func<string, string>[] steps = [.. field["normalizers"].Items().Select(Read)];
                return text => steps.Aggregate(text, (done, step) => step(done));
            case "NFC":
                return CanonicalComposition.Normalize;
            case "Prepend":
                string prefix = field["prepend"].Text();
                return text => text.Length > 0 ? prefix + text : text;
            case "Replace":
                string content = field["content"].Text();
                if (!field["pattern"]["String"].IsNull)
                {
                    string old = field["pattern"]["String"].Text();
                    return old.Length > 0 ? text => text.Replace(old, content, StringComparison.Ordinal)
                        : throw field["pattern"]["String"].Fault("some text");
                }
                Regex pattern = WordPattern.Compile(field["pattern"]["Regex"]);
                return text => pattern.Replace(text, _ => content);
            default:
                throw field["type"].Fault("Sequence, NFC, Prepend or Replace");
        }
    }
}
