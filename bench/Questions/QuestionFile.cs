using System.Text.Json;

namespace Speculative.Bench.Questions;

/// <summary>
/// Reads questions: one JSON object a line with <c>question_id</c> (integer), <c>category</c> (string), <c>turns</c> (strings). Other keys
/// are ignored, empty lines skipped.
/// </summary>
static class QuestionFile
{
    const long LargestFile = 256 << 20;

    /// <summary>The questions that come with the program: four for each of Spec-Bench's six tasks.</summary>
    public static IReadOnlyList<Question> BuiltIn()
    {
        using StreamReader reader = new(typeof(QuestionFile).Assembly.GetManifestResourceStream("questions.jsonl")!);
        return Parse(reader, "questions.jsonl");
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="BenchException">It is missing or malformed.</exception>
    public static IReadOnlyList<Question> Read(string path)
    {
        if (!File.Exists(path))
            throw new BenchException($"The question file '{path}' does not exist.");
        if (new FileInfo(path).Length > LargestFile)
            throw new BenchException(
                $"{path}: expected questions, one JSON object a line, found a file of more than {LargestFile >> 20} MiB.");
        using StreamReader reader = new(path);
        return Parse(reader, path);
    }

    /// <summary>Reads lines.</summary>
    /// <param name="reader">The lines.</param>
    /// <param name="name">What messages call the file.</param>
    /// <exception cref="BenchException">A line is malformed (the message has its number), or there is none.</exception>
    public static IReadOnlyList<Question> Parse(TextReader reader, string name)
    {
        Dictionary<int, int> lineOf = [];
        List<Question> questions = [];
        for (int number = 1; reader.ReadLine() is { } line; number++)
        {
            if (string.IsNullOrWhiteSpace(line))
                continue;
            Line at = new(name, number);
            Question question = at.Parse(line);
            if (!lineOf.TryAdd(question.Id, number))
                throw at.Fault($"question_id {question.Id} is already used on line {lineOf[question.Id]}");
            questions.Add(question);
        }
        return questions.Count > 0 ? questions : throw new BenchException($"{name}: expected at least one question, found none.");
    }

    readonly record struct Line(string Name, int Number)
    {
        public BenchException Fault(string what, Exception? cause = null) => new($"{Name}, line {Number}: {what}.", cause);

        public Question Parse(string text)
        {
            try
            {
                using JsonDocument document = JsonDocument.Parse(text);
                return Read(document.RootElement);
            }
            catch (JsonException exception)
            {
                throw Fault($"not valid JSON (byte {exception.BytePositionInLine})", exception);
            }
            catch (InvalidOperationException exception) // an escaped half of a surrogate pair in a key
            {
                throw Fault("a key is not valid Unicode", exception);
            }
        }

        Question Read(JsonElement root)
        {
            if (root.ValueKind != JsonValueKind.Object)
                throw Fault($"expected a JSON object, found {NameOf(root.ValueKind)}");
            JsonElement id = Field(root, "question_id", JsonValueKind.Number);
            if (!id.TryGetInt32(out int number))
                throw Fault($"expected 'question_id' to be a 32-bit integer, found {id.GetRawText()}");
            return new(number, Text(Field(root, "category", JsonValueKind.String), "category"), Turns(root));
        }

        string[] Turns(JsonElement root)
        {
            Line line = this;
            JsonElement turns = Field(root, "turns", JsonValueKind.Array);
            if (turns.GetArrayLength() == 0)
                throw Fault("expected at least one turn in 'turns', found none");
            return [.. turns.EnumerateArray().Select(turn => line.Text(line.Expect(turn, "turns", JsonValueKind.String), "turns"))];
        }

        JsonElement Field(JsonElement root, string key, JsonValueKind kind) =>
            root.TryGetProperty(key, out JsonElement value) ? Expect(value, key, kind) : throw Fault($"'{key}' is missing");

        JsonElement Expect(JsonElement value, string key, JsonValueKind kind) =>
            value.ValueKind == kind ? value : throw Fault($"expected {NameOf(kind)} in '{key}', found {NameOf(value.ValueKind)}");

        string Text(JsonElement value, string key)
        {
            string? text;
            try
            {
                text = value.GetString();
            }
            catch (InvalidOperationException exception) // an escaped half of a surrogate pair
            {
                throw Fault($"'{key}' holds text that is not valid Unicode", exception);
            }
            return string.IsNullOrWhiteSpace(text) ? throw Fault($"expected text in '{key}', found an empty string") : text;
        }

        static string NameOf(JsonValueKind kind) => kind switch
        {
            JsonValueKind.Object => "an object",
            JsonValueKind.Array => "an array",
            JsonValueKind.String => "a string",
            JsonValueKind.Number => "a number",
            JsonValueKind.Null => "null",
            _ => "a boolean",
        };
    }
}
