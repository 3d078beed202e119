namespace Speculative;

/// <summary>Reads model.safetensors.index.json: which file of the folder holds which tensor.</summary>
static class ShardIndex
{
    const long MaxBytes = 100_000_000;

    public const string FileName = "model.safetensors.index.json";

    /// <summary>The tensors' names with the full paths of their files, all inside the folder.</summary>
    public static Dictionary<string, string> Read(string folder)
    {
        JsonField map = JsonField.Read(Path.Combine(folder, FileName), MaxBytes)["weight_map"];
        Dictionary<string, string> files = [], paths = [];
        foreach ((string tensor, JsonField shard) in map.Members())
        {
            string name = shard.Text();
            if (!paths.TryGetValue(name, out string? path))
                paths[name] = path = Resolve(folder, name, shard);
            files[tensor] = path;
        }
        return files;
    }

    static string Resolve(string folder, string name, JsonField shard)
    {
        if (name.AsSpan().IndexOfAny("/\\:\0") >= 0 || name is "" or "." or "..")
            throw shard.Fault("the plain name of a file in the same folder");
        string path = Path.Combine(folder, name);
        if (!File.Exists(path))
            throw shard.Fault("the name of a file that exists");
        string home = Real(folder, shard), target = Real(path, shard);
        return IsAllowed(home, target) ? path : throw shard.Fault($"a file inside {home}, not a link to {target}");
    }

    static string Real(string path, JsonField shard)
    {
        try
        {
            return LinkedPath.Resolve(path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw shard.Fault($"a file whose links can be followed ({fault.Message})");
        }
    }

    /// <summary>Inside the folder, or from a hub cache's <c>snapshots/REVISION</c> to the <c>blobs</c> of the same model.</summary>
    static bool IsAllowed(string folder, string target)
    {
        string? parent = Path.GetDirectoryName(target), snapshots = Path.GetDirectoryName(folder);
        return parent == folder || snapshots is not null && Path.GetFileName(snapshots) == "snapshots"
            && Path.GetDirectoryName(snapshots) is { } model && parent == Path.Combine(model, "blobs");
    }
}
