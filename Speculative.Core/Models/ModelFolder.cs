namespace Speculative;

/// <summary>
/// A model as Hugging Face users have it on disk: config.json and safetensors weights, one file or sharded by an index. Weights are
/// memory-mapped: opening copies nothing.
/// </summary>
/// <remarks>Thread-safe once open. Weights are valid until <see cref="Dispose"/>. Nothing is read outside the folder.</remarks>
public sealed class ModelFolder : IWeightSource
{
    const string SingleFile = "model.safetensors", IndexFile = "model.safetensors.index.json";

    readonly List<SafetensorsFile> files = [];
    readonly Dictionary<string, SafetensorsFile> tensors = [];

    ModelFolder(string path, ModelConfig config) => (FolderPath, Config) = (path, config);

    /// <summary>The folder.</summary>
    public string FolderPath { get; }

    /// <inheritdoc/>
    public ModelConfig Config { get; }

    /// <summary>Opens a folder and checks its configuration and its weight files.</summary>
    /// <param name="path">The folder.</param>
    /// <returns>The folder, owned by the caller.</returns>
    /// <exception cref="ModelFormatException">Something is missing, damaged, hostile or unknown; the message says what.</exception>
    public static ModelFolder Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!Directory.Exists(path))
            throw new ModelFormatException($"The model folder '{path}' does not exist.");
        try
        {
            ModelFolder folder = new(path, ModelConfigReader.Read(path));
            folder.MapAll();
            return folder;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ModelFormatException($"The model folder '{path}' cannot be read: {exception.Message}", exception);
        }
    }

    /// <inheritdoc/>
    public Weight GetWeight(string name, int rows, int columns) => tensors.TryGetValue(name, out SafetensorsFile? file)
        ? file.GetWeight(name, rows, columns)
        : throw new ModelFormatException($"{FolderPath}: tensor '{name}' is missing; config.json asks for it.");

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (SafetensorsFile file in files)
            file.Dispose();
        files.Clear();
        tensors.Clear();
    }

    void MapAll()
    {
        try
        {
            foreach (string file in WeightFiles())
                Map(file);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    IEnumerable<string> WeightFiles()
    {
        string single = Path.Combine(FolderPath, SingleFile), index = Path.Combine(FolderPath, IndexFile);
        return File.Exists(index) && !File.Exists(single) ? Shards(index)
            : File.Exists(single) ? [single]
            : throw new ModelFormatException($"{FolderPath} holds no weights: expected {SingleFile} or {IndexFile}.");
    }

    /// <summary>The shards that an index names. A name must be that of a file in the folder itself.</summary>
    IEnumerable<string> Shards(string index)
    {
        JsonFile map = JsonFile.Read(index).Object("weight_map") ?? throw new ModelFormatException($"{index}: 'weight_map' is missing.");
        foreach (string shard in map.Names.Select(name => map.Text(name) ?? "").Distinct())
        {
            if (shard is "" or "." or ".." || shard.AsSpan().ContainsAny('/', '\\', '\0'))
                throw new ModelFormatException($"{index}: '{shard}' leaves the folder; expected the name of a file in it.");
            string path = Path.Combine(FolderPath, shard);
            yield return File.Exists(path) ? path : throw new ModelFormatException($"{index}: the shard '{shard}' is missing.");
        }
    }

    /// <summary>Whether a file is a link that ends outside the folder. Hub caches link into their own folder of blobs, where the weights lie.</summary>
    bool Leaves(string file)
    {
        if (File.ResolveLinkTarget(file, returnFinalTarget: true)?.FullName is not { } target)
            return false;
        string folder = Path.GetFullPath(FolderPath);
        string? cache = Path.GetDirectoryName(Path.GetDirectoryName(folder));
        return !Inside(target, folder) && !(cache is not null && Inside(target, Path.Combine(cache, "blobs")));
    }

    static bool Inside(string path, string folder) => path.StartsWith(folder.TrimEnd('/') + '/', StringComparison.Ordinal);

    void Map(string path)
    {
        if (Leaves(path))
            throw new ModelFormatException($"{path} is a link that leaves the folder; expected a file in it.");
        SafetensorsFile file = new(path);
        files.Add(file);
        foreach (string name in file.Names)
            if (!tensors.TryAdd(name, file))
                throw new ModelFormatException($"{path}: tensor '{name}' is in another shard, too.");
    }
}
