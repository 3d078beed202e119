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
                WordPattern pattern = WordPattern.Read(field["pattern"]);
                return text => string.Concat(pattern.Split(text).Select(part => part.IsMatch ? content : part.Piece));
            default:
                throw field["type"].Fault("Sequence, NFC, Prepend or Replace");
        }
    }
}
