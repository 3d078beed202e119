using System.Text.Json;
using System.Text.Unicode;

namespace Speculative;

/// <summary>A value of a JSON file of a model folder; every fault names the file and the field.</summary>
readonly struct JsonField(string file, string path, JsonElement element)
{
    static readonly JsonDocumentOptions strict = new() { AllowDuplicateProperties = false };

    public string Path => path;

    public JsonElement Element => element;

    public bool IsNull => element.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined;

    /// <summary>Reads a file whose size is checked first.</summary>
    public static JsonField Read(string file, long maxBytes)
    {
        long length = FileLength(file);
        if (length > maxBytes)
            throw new ModelFormatException($"{file}: expected at most {maxBytes} bytes, found {length}.");
        byte[] bytes = ReadAll(file);
        return Parse(file, "", bytes.AsMemory(bytes.AsSpan().StartsWith("\uFEFF"u8) ? 3 : 0));
    }

    /// <summary>Reads JSON that is in memory; member names must not repeat.</summary>
    public static JsonField Parse(string file, string path, ReadOnlyMemory<byte> bytes)
    {
        if (!Utf8.IsValid(bytes.Span))
            throw new ModelFormatException($"{file}: expected JSON, found bytes that are not UTF-8.");
        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes, strict);
            return new(file, path, document.RootElement.Clone());
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            throw new ModelFormatException($"{file}: expected JSON, found a fault{Describe(fault)}", fault);
        }
    }

    /// <summary>The parser's message, with its place as people count.</summary>
    static string Describe(Exception fault) => fault is JsonException { LineNumber: { } line, BytePositionInLine: { } at }
        ? $" in line {line + 1}, byte {at + 1}: {fault.Message.Split(" LineNumber:")[0]}" : $": {fault.Message}";

    static long FileLength(string file)
    {
        try
        {
            return new FileInfo(file).Length;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new ModelFormatException($"{file}: expected a readable file, found none.", fault);
        }
    }

    static byte[] ReadAll(string file)
    {
        try
        {
            return File.ReadAllBytes(file);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new ModelFormatException($"{file}: cannot be read: {fault.Message}", fault);
        }
    }

    /// <summary>A member, undefined (<see cref="IsNull"/>) where there is none.</summary>
    public JsonField this[string name]
    {
        get
        {
            string member = path.Length == 0 ? name : $"{path}.{name}";
            return element.ValueKind == JsonValueKind.Object
                ? new(file, member, element.TryGetProperty(name, out JsonElement value) ? value : default)
                : throw Fault("an object");
        }
    }

    public IEnumerable<(string Name, JsonField Value)> Members()
    {
        (string at, string of) = (path, file);
        return element.ValueKind == JsonValueKind.Object
            ? element.EnumerateObject().Select(member => (Name(member, of), new JsonField(of, $"{at}[{member.Name}]", member.Value)))
            : throw Fault("an object");
    }

    static string Name(JsonProperty member, string file)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException fault)
        {
            throw new ModelFormatException($"{file}: expected names in valid Unicode, found half a character.", fault);
        }
    }

    public IEnumerable<JsonField> Items()
    {
        (string at, string of) = (path, file);
        return element.ValueKind == JsonValueKind.Array
            ? element.EnumerateArray().Select((item, i) => new JsonField(of, $"{at}[{i}]", item))
            : throw Fault("a list");
    }

    public int Int(int least, int most) => element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out int value)
        && value >= least && value <= most ? value : throw Fault($"an integer from {least} to {most}");

    public int Int(int least, int most, int otherwise) => IsNull ? otherwise : Int(least, most);

    public long Long() => element.ValueKind == JsonValueKind.Number && element.TryGetInt64(out long value) && value >= 0
        ? value : throw Fault("an integer from 0 to 2^63 - 1");

    /// <summary>A finite number above 0.</summary>
    public double Positive() => element.ValueKind == JsonValueKind.Number && element.TryGetDouble(out double value)
        && double.IsFinite(value) && value > 0 ? value : throw Fault("a finite number above 0");

    public double Positive(double otherwise) => IsNull ? otherwise : Positive();

    public bool Bool(bool otherwise) => element.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => IsNull ? otherwise : throw Fault("true or false"),
    };

    public string Text()
    {
        if (element.ValueKind != JsonValueKind.String)
            throw Fault("a string");
        try
        {
            return element.GetString()!;
        }
        catch (InvalidOperationException fault)
        {
            throw new ModelFormatException($"{file}: {path}: expected a valid Unicode string, found half a character.", fault);
        }
    }

    public string Text(string otherwise) => IsNull ? otherwise : Text();

    public ModelFormatException Fault(string expected) => new($"{file}: {path}: expected {expected}, found {Found()}.");

    string Found()
    {
        if (element.ValueKind == JsonValueKind.Undefined)
            return "nothing";
        string text = element.GetRawText();
        return text.Length <= 100 ? text : $"{text.AsSpan(0, 100)}...";
    }
}
