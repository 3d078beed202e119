using System.Text.Json;

namespace Speculative.Bench.Perplexity;

/// <summary>
/// Reads texts to predict. A <c>.jsonl</c> file holds one JSON object a line, with <c>turns</c> (strings: user, assistant, user, ...) or
/// <c>text</c> (a string); other keys are ignored. Any other file is one plain text.
/// </summary>
static class HeldOutFile
{
    /// <summary>The texts that come with the program: conversations that the embedded model was not trained on, see heldout.md.</summary>
    public static IReadOnlyList<HeldOutDocument> BuiltIn()
    {
        using StreamReader reader = new(typeof(HeldOutFile).Assembly.GetManifestResourceStream("heldout.jsonl")!);
        return Parse(reader, "heldout.jsonl");
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="BenchException">It is missing, malformed or empty.</exception>
    public static IReadOnlyList<HeldOutDocument> Read(string path)
    {
        if (!File.Exists(path))
            throw new BenchException($"The text file '{path}' does not exist.");
        if (!path.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase))
            return File.ReadAllText(path) is { Length: > 0 } text ? [new([], text)]
                : throw new BenchException($"{path}: expected some text, found none.");
        using StreamReader reader = new(path);
        return Parse(reader, path);
    }

    /// <summary>Reads lines of JSON.</summary>
    /// <param name="reader">The lines.</param>
    /// <param name="name">What messages call the file.</param>
    /// <exception cref="BenchException">A line is malformed (the message has its number), or there is none.</exception>
    public static IReadOnlyList<HeldOutDocument> Parse(TextReader reader, string name)
    {
        List<HeldOutDocument> documents = [];
        for (int number = 1; reader.ReadLine() is { } line; number++)
            if (!string.IsNullOrWhiteSpace(line))
                documents.Add(Document(line)
                    ?? throw new BenchException($"{name}, line {number}: expected an object with 'turns', two or more texts of which the "
                        + "assistant says the last, or with 'text'."));
        return documents.Count > 0 ? documents : throw new BenchException($"{name}: expected at least one document, found none.");
    }

    static HeldOutDocument? Document(string line)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(line);
            if (json.RootElement.TryGetProperty("text", out JsonElement text))
                return text.GetString() is { Length: > 0 } plain ? new([], plain) : null;
            string?[] turns = [.. json.RootElement.GetProperty("turns").EnumerateArray().Select(turn => turn.GetString())];
            return turns.Length > 0 && turns.Length % 2 == 0 && turns.All(turn => turn is not null) ? new(turns!, "") : null;
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            return null;
        }
    }
}
