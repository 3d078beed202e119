using System.Text;

namespace Speculative;

/// <summary>Reads the <c>normalizer</c> of a tokenizer.json.</summary>
static class TextNormalizer
{
    /// <summary>A text that grows beyond so many times its length, and some characters, is an attack, not a normal form.</summary>
    const int MostGrowth = 64, Allowance = 4096;

    /// <summary>What it does to a piece of text; pieces are never empty.</summary>
    public static Func<string, string> Read(JsonField field)
    {
        if (field.IsNull)
            return text => text;
        Func<string, long, string> step = ReadStep(field);
        return text => step(text, (long)MostGrowth * text.Length + Allowance);
    }

    /// <summary>What a step makes of a text, which must not become longer than it is told.</summary>
    static Func<string, long, string> ReadStep(JsonField field)
    {
        switch (field["type"].Text())
        {
            case "Sequence":
                Func<string, long, string>[] steps = [.. field["normalizers"].Items().Select(ReadStep)];
                return (text, most) => steps.Aggregate(text, (done, step) => step(done, most));
            case "NFC":
                return (text, _) => CanonicalComposition.Normalize(text);
            case "Prepend":
                string prefix = field["prepend"].Text();
                return (text, most) => text.Length > 0 ? Concat(field, [prefix, text], most) : text;
            case "Replace":
                string content = field["content"].Text();
                WordPattern pattern = WordPattern.Read(field["pattern"]);
                return (text, most) => Concat(field, pattern.Split(text).Select(part => part.IsMatch ? content : part.Piece), most);
            default:
                throw field["type"].Fault("Sequence, NFC, Prepend or Replace");
        }
    }

    static string Concat(JsonField field, IEnumerable<string> parts, long most)
    {
        StringBuilder text = new();
        foreach (string part in parts)
            if (text.Length + (long)part.Length <= most)
                text.Append(part);
            else
                throw field.Fault($"steps that make a text at most {MostGrowth} times as long");
        return text.ToString();
    }
}
