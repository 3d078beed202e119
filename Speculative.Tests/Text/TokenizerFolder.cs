using System.Text.Json.Nodes;

namespace Speculative.Tests;

/// <summary>A folder with text files in a temporary place, removed with it.</summary>
sealed class TokenizerFolder : IDisposable
{
    public TokenizerFolder(params (string Name, string Text)[] files)
    {
        foreach ((string name, string text) in files)
            File.WriteAllText(Path.Combine(Folder, name), text);
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("speculative-").FullName;

    public static Tokenizer Load(string json)
    {
        using TokenizerFolder folder = new(("tokenizer.json", json));
        return Tokenizer.Load(folder.Folder);
    }

    /// <summary>The embedded model's tokenizer.json with some fields replaced.</summary>
    public static string Patched(JsonNode patch)
    {
        JsonNode root = JsonNode.Parse(File.ReadAllText(Path.Combine(RepositoryFolder.EmbeddedModel, "tokenizer.json")))!;
        foreach ((string name, JsonNode? value) in patch.AsObject())
            root[name] = value?.DeepClone();
        return root.ToJsonString();
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
