using System.Text.Json;

namespace Speculative;

/// <summary>A folder's chat template and the tokens that it may name.</summary>
/// <param name="File">Where the template was found, for messages.</param>
/// <param name="Template">Its text (Jinja).</param>
/// <param name="BeginToken"><c>bos_token</c>; may be empty.</param>
/// <param name="EndToken"><c>eos_token</c>; may be empty.</param>
sealed record ChatSource(string File, string Template, string BeginToken, string EndToken)
{
    const long MaxBytes = 16 << 20;

    /// <summary>What the template puts before everything.</summary>
    public string Begin => Has("bos_token") ? BeginToken : "";

    public bool Has(string mark) => Template.Contains(mark, StringComparison.Ordinal);

    public ModelFormatException Fault(string expected, string found = "none") =>
        new($"{File}: chat_template: expected {expected}, found {found}.");

    public static ChatSource Read(string folder)
    {
        string file = Path.Combine(folder, "tokenizer_config.json"), jinja = Path.Combine(folder, "chat_template.jinja");
        JsonField config = JsonField.Read(file, MaxBytes);
        (string begin, string end) = (Token(config["bos_token"]), Token(config["eos_token"]));
        if (System.IO.File.Exists(jinja))
            return new(jinja, ReadJinja(jinja), begin, end);
        return config["chat_template"].IsNull
            ? throw new ModelFormatException(
                $"{folder}: expected chat_template in tokenizer_config.json or a chat_template.jinja, found none.")
            : new(file, Named(config["chat_template"]), begin, end);
    }

    public static ChatSource Read(GgufFile file)
    {
        string[] tokens = file.Metadata.Texts("tokenizer.ggml.tokens");
        string template = file.Metadata.Text("tokenizer.chat_template");
        return new(file.Path, template, Token(file.Config.BeginTokenId), Token(file.Config.EndTokenIds.FirstOrDefault(-1)));

        string Token(int? id) => id is { } known && (uint)known < (uint)tokens.Length ? tokens[known] : "";
    }

    static string ReadJinja(string path)
    {
        try
        {
            return new FileInfo(path).Length <= MaxBytes ? System.IO.File.ReadAllText(path)
                : throw new ModelFormatException($"{path}: expected at most {MaxBytes} bytes, found more.");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new ModelFormatException($"{path}: cannot be read: {fault.Message}", fault);
        }
    }

    /// <summary>A template, or the one called default of several.</summary>
    static string Named(JsonField field)
    {
        if (field.Element.ValueKind != JsonValueKind.Array)
            return field.Text();
        foreach (JsonField item in field.Items())
            if (item["name"].Text() == "default")
                return item["template"].Text();
        throw field.Fault("a template named default");
    }

    static string Token(JsonField field) => field.Element.ValueKind == JsonValueKind.Object ? field["content"].Text() : field.Text("");
}
