using System.Text.Json;
using System.Text.Json.Serialization;

namespace Speculative.Bench.Output;

/// <summary>What <c>--json</c> writes: one object.</summary>
/// <param name="Machine">Where it was measured.</param>
/// <param name="Commit">The source's commit; null if unknown.</param>
/// <param name="Command">The command line.</param>
/// <param name="Model">The model's folder name or the shape of random weights.</param>
/// <param name="Rows">The measurements.</param>
sealed record ResultDocument(string Machine, string? Commit, string Command, string Model, IReadOnlyList<object> Rows)
{
    static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        NewLine = "\n",
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The machine's read bandwidth in bytes a second, where it was measured.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? ReadBytesPerSecond { get; init; }

    /// <summary>Checks that a file can be written, before anything is measured for it.</summary>
    /// <param name="path">The file; null for none.</param>
    /// <param name="option">The option that names it.</param>
    /// <exception cref="BenchException">Its folder does not exist, or it is a folder itself.</exception>
    public static void CheckTarget(string? path, string option = "--json")
    {
        if (path is null)
            return;
        string folder = Path.GetDirectoryName(Path.GetFullPath(path)) ?? "";
        if (!Directory.Exists(folder))
            throw new BenchException($"{option}: the folder '{folder}' does not exist.");
        if (Directory.Exists(path))
            throw new BenchException($"{option}: '{path}' is a folder, expected a file.");
    }

    /// <summary>The document as text.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Format) + "\n";

    /// <summary>Writes the file whole or not at all.</summary>
    public void Write(string path) => Write(path, ToJson());

    /// <summary>Writes a file whole or not at all.</summary>
    public static void Write(string path, string text)
    {
        string temporary = $"{path}.{Environment.ProcessId}.tmp";
        try
        {
            File.WriteAllText(temporary, text);
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}
