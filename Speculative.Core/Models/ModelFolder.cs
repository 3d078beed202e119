using System.Runtime.InteropServices;

namespace Speculative;

/// <summary>
/// A folder in Hugging Face's layout: <c>config.json</c>, and <c>model.safetensors</c> or <c>model.safetensors.index.json</c> with its
/// shards (F32, F16 or BF16). The weights stay in the memory-mapped files; a tensor that is not aligned to its element size is copied once.
/// Instead of these files there may be the one that <see cref="PackedWeights"/> writes. The CPU engine uses its matrices where they lie;
/// who else asks for one has it brought into stored order, once.
/// </summary>
/// <remarks>
/// Where a sliding window is active, <see cref="ModelConfig.MaxContextLength"/> is limited to it: within it full attention is exact.
/// The files must not change while the folder is open. Thread-safe except for <see cref="Dispose"/>.
/// </remarks>
public sealed unsafe class ModelFolder : IWeightSource
{
    readonly Dictionary<string, SafetensorsFile> files = [];
    readonly Dictionary<string, SafetensorsFile> homes = [];
    readonly Dictionary<string, nint> copies = [];
    bool disposed;

    ModelFolder(string path, ModelConfig config) => (Path, Config) = (path, config);

    /// <summary>The folder's full path.</summary>
    public string Path { get; }

    /// <inheritdoc/>
    public ModelConfig Config { get; }

    /// <summary>The matrices that were packed ahead; null where the weights are as they were stored.</summary>
    internal PackedFile? Packed { get; private set; }

    /// <summary>All tensors of the files.</summary>
    internal IReadOnlyDictionary<string, StoredTensor> Tensors =>
        homes.ToDictionary(pair => pair.Key, pair => pair.Value.Tensors[pair.Key]);

    /// <summary>Opens a folder, reading its configuration and the headers of its weights, all checked before they are used.</summary>
    /// <param name="path">The folder.</param>
    /// <returns>The folder. The model that it is given to takes it over and disposes it: open it once for each model.</returns>
    /// <exception cref="ArgumentException"><paramref name="path"/> is null or empty.</exception>
    /// <exception cref="ModelFormatException">The folder or a file is missing, damaged or of an unknown architecture.</exception>
    public static ModelFolder Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string full = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));
        if (!Directory.Exists(full))
            throw new ModelFormatException($"{full}: expected a model folder, found none.");
        ModelFolder folder = new(full, ModelConfigReader.Read(full));
        try
        {
            folder.OpenWeights();
            return folder;
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">The folder is disposed.</exception>
    public Weight GetWeight(string name, int rows, int columns)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        if (!homes.TryGetValue(name, out SafetensorsFile? file) && Packed?.Holds(name) == true)
            return Unpacked(name, Packed, Packed.Stored(name, rows, columns));
        if (file is null)
            throw new ModelFormatException($"{Path}: {name}: expected a tensor [{rows}, {columns}], found none.");
        StoredTensor tensor = file.Tensors[name];
        bool fits = tensor.Shape is [var length] ? (1, length) == (rows, columns)
            : tensor.Shape is [var first, var second] && (first, second) == (rows, columns);
        if (!fits)
            throw new ModelFormatException(
                $"{file.FilePath}: {name}: expected shape [{rows}, {columns}] by config.json, found [{string.Join(", ", tensor.Shape)}].");
        return new(Data(name, file, tensor), Type(name, file, tensor), rows, columns);
    }

    /// <summary>Unmaps the files: weights must no longer be used.</summary>
    public void Dispose()
    {
        disposed = true;
        foreach (SafetensorsFile file in files.Values)
            file.Dispose();
        foreach (nint copy in copies.Values)
            NativeMemory.AlignedFree((void*)copy);
        files.Clear();
        copies.Clear();
    }

    void OpenWeights()
    {
        string single = System.IO.Path.Combine(Path, "model.safetensors"), packed = System.IO.Path.Combine(Path, PackedFile.FileName);
        if (File.Exists(single))
            OpenSingle(single);
        else if (File.Exists(System.IO.Path.Combine(Path, ShardIndex.FileName)))
            foreach ((string name, string file) in ShardIndex.Read(Path))
                homes[name] = OpenFile(file).Tensors.ContainsKey(name) ? files[file]
                    : throw new ModelFormatException($"{file}: {name}: expected this tensor by {ShardIndex.FileName}, found none.");
        else if (File.Exists(packed))
            Packed = new(OpenSingle(packed));
        else
            throw new ModelFormatException(
                $"{Path}: expected model.safetensors, {ShardIndex.FileName} or {PackedFile.FileName}, found none.");
        if (homes.Keys.FirstOrDefault(IsUnsupportedBias) is { } bias)
            throw new ModelFormatException($"{homes[bias].FilePath}: {bias}: expected no bias here (it would be ignored), found one.");
    }

    SafetensorsFile OpenSingle(string path)
    {
        foreach (string name in OpenFile(path).Tensors.Keys)
            homes[name] = files[path];
        return files[path];
    }

    SafetensorsFile OpenFile(string path) =>
        files.TryGetValue(path, out SafetensorsFile? file) ? file : files[path] = SafetensorsFile.Open(path);

    /// <summary>Llama's attention_bias adds one to the output product too, mlp_bias to the feed-forward: no engine here has them.</summary>
    static bool IsUnsupportedBias(string name) =>
        name.EndsWith(".o_proj.bias", StringComparison.Ordinal)
        || name.Contains(".mlp.") && name.EndsWith(".bias", StringComparison.Ordinal);

    static ElementType Type(string name, SafetensorsFile file, in StoredTensor tensor) => tensor.Type switch
    {
        "F32" => ElementType.F32,
        "F16" => ElementType.F16,
        "BF16" => ElementType.BF16,
        _ => throw new ModelFormatException($"{file.FilePath}: {name}: expected F32, F16 or BF16, found {tensor.Type}."),
    };

    nint Data(string name, SafetensorsFile file, in StoredTensor tensor)
    {
        byte* data = file.Pointer(tensor);
        if ((nint)data % tensor.ElementSize == 0)
            return (nint)data;
        long length = tensor.Length;
        return Copy(name, length, copy => NativeMemory.Copy(data, (void*)copy, (nuint)length));
    }

    Weight Unpacked(string name, PackedFile packed, Weight target) =>
        target with { Data = Copy(name, target.ByteLength, copy => packed.Unpack(name, target with { Data = copy })) };

    /// <summary>The memory of a tensor that is not used where it lies.</summary>
    nint Copy(string name, long length, Action<nint> fill)
    {
        lock (copies)
        {
            if (copies.TryGetValue(name, out nint known))
                return known;
            nint copy = (nint)NativeMemory.AlignedAlloc((nuint)length, 64);
            try
            {
                fill(copy);
            }
            catch
            {
                NativeMemory.AlignedFree((void*)copy);
                throw;
            }
            return copies[name] = copy;
        }
    }
}
