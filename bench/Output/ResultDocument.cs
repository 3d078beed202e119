using System.Text.Json;
using System.Text.Json.Serialization;

namespace Speculative.Bench.Output;

/// <summary>What <c>--json</c> writes: one object.</summary>
/// <param name="Machine">Where it was measured.</param>
/// <param name="Commit">The source's commit; null if unknown.</param>
/// <param name="Command">The command line.</param>
/// <param name="Model">The model's folder name or the shape of random weights.</param>
/// <param name="Complete">Whether the rows are all that there should be: false after Ctrl+C or a fault.</param>
/// <param name="Rows">The measurements.</param>
sealed record ResultDocument(string Machine, string? Commit, string Command, string Model, bool Complete, IReadOnlyList<object> Rows)
{
    static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        NewLine = "\n",
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>
    /// The memory bandwidth in bytes a second, where it was measured: of reading, on a GPU of copying, read and written together.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? MemoryBytesPerSecond { get; init; }

    /// <summary>Checks that a file can be written, before anything is measured for it.</summary>
    /// <param name="path">The file; null where none is wanted.</param>
    /// <param name="option">The option that names it.</param>
    /// <exception cref="BenchException">Its folder does not exist, or it is a folder itself, or it must not be written.</exception>
    public static void CheckTarget(string? path, string option = "--json")
    {
        if (path is null)
            return;
        string folder = Path.GetDirectoryName(Path.GetFullPath(path)) ?? "";
        if (!Directory.Exists(folder))
            throw new BenchException($"{option}: the folder '{folder}' does not exist.");
        if (Directory.Exists(path))
            throw new BenchException($"{option}: '{path}' is a folder, expected a file.");
        bool isNew = !File.Exists(path);
        try
        {
            using (File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.Write)) { }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new BenchException($"{option}: '{path}' cannot be written: {fault.Message}", fault);
        }
        if (isNew)
            File.Delete(path);
    }

    /// <summary>The document as text.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Format) + "\n";

    /// <summary>Writes the file, also through a link or into a device.</summary>
    public void Write(string path) => File.WriteAllText(path, ToJson());
}
