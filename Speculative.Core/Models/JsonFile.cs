using System.Text.Json;

namespace Speculative;

/// <summary>A JSON object of a model folder, with values read by name and checked; faults name the file and the field.</summary>
readonly struct JsonFile
{
    readonly string path;
    readonly JsonElement root;

    JsonFile(string path, JsonElement root) => (this.path, this.root) = (path, root);

    /// <summary>Reads a file.</summary>
    public static JsonFile Read(string path)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(path), new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip });
            Decode(json.RootElement);
            return json.RootElement.ValueKind == JsonValueKind.Object
                ? new(path, json.RootElement.Clone())
                : throw new ModelFormatException($"{path}: expected a JSON object, found {json.RootElement.ValueKind}.");
        }
        catch (FileNotFoundException exception)
        {
            throw new ModelFormatException($"{path} is missing: a model folder needs it.", exception);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new ModelFormatException($"{path} is not valid JSON: {exception.Message}", exception);
        }
    }

    /// <summary>The object's value of a name; undefined where it is absent or null.</summary>
    public JsonElement this[string name] =>
        root.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : default;

    /// <summary>The names of the object's values.</summary>
    public IEnumerable<string> Names => root.EnumerateObject().Select(property => property.Name);

    /// <summary>An object inside this one; null where it is absent or null.</summary>
    public JsonFile? Object(string name) => this[name].ValueKind switch
    {
        JsonValueKind.Undefined => null,
        JsonValueKind.Object => new(path, this[name]),
        _ => throw Broken(name, "an object"),
    };

    public string? Text(string name) => this[name].ValueKind switch
    {
        JsonValueKind.Undefined => null,
        JsonValueKind.String => this[name].GetString(),
        _ => throw Broken(name, "a string"),
    };

    public bool? Switch(string name) => this[name].ValueKind switch
    {
        JsonValueKind.Undefined => null,
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Broken(name, "true or false"),
    };

    public double? Number(string name) => this[name].ValueKind switch
    {
        JsonValueKind.Undefined => null,
        JsonValueKind.Number when this[name].TryGetDouble(out double value) && double.IsFinite(value) && value > 0 => value,
        _ => throw Broken(name, "a positive number"),
    };

    /// <summary>A whole number from 1 to <paramref name="most"/>.</summary>
    public int? Count(string name, int most) => this[name].ValueKind switch
    {
        JsonValueKind.Undefined => null,
        JsonValueKind.Number when this[name].TryGetInt32(out int value) && value >= 1 && value <= most => value,
        _ => throw Broken(name, $"a whole number from 1 to {most}"),
    };

    /// <summary>A token id, or a list of them.</summary>
    public int[]? TokenIds(string name)
    {
        JsonElement value = this[name];
        if (value.ValueKind == JsonValueKind.Undefined)
            return null;
        List<int> ids = [];
        foreach (JsonElement id in value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().ToArray() : [value])
            ids.Add(id.ValueKind == JsonValueKind.Number && id.TryGetInt32(out int number) && number >= 0 ? number : throw Broken(name, "a token id or a list of them"));
        return [.. ids];
    }

    /// <summary>Fails for an absent field.</summary>
    public T Required<T>(string name, T? value) where T : struct => value ?? throw new ModelFormatException($"{path}: '{name}' is missing.");

    /// <summary>Decodes every string once: an escape that is no character fails here and nowhere later.</summary>
    static void Decode(JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.String)
            _ = element.GetString();
        else if (element.ValueKind == JsonValueKind.Array)
            foreach (JsonElement item in element.EnumerateArray())
                Decode(item);
        else if (element.ValueKind == JsonValueKind.Object)
            foreach (JsonProperty property in element.EnumerateObject())
            {
                _ = property.Name;
                Decode(property.Value);
            }
    }

    public ModelFormatException Broken(string name, string expected) => new($"{path}: expected '{name}' to be {expected}, found {this[name].GetRawText()}.");
}
