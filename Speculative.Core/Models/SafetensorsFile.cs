namespace Speculative;

/// <summary>A memory-mapped safetensors file whose header has been checked: every tensor lies inside the mapping.</summary>
sealed unsafe class SafetensorsFile : IDisposable
{
    readonly MappedFile file;

    SafetensorsFile(MappedFile file)
    {
        this.file = file;
        try
        {
            Tensors = SafetensorsHeader.Read(file.Path, new(file.Start, (int)Math.Min(file.Length, int.MaxValue)), file.Length);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The header's free text, by name.</summary>
    public IReadOnlyDictionary<string, string> ReadMetadata() =>
        SafetensorsHeader.ReadMetadata(file.Path, new(file.Start, (int)Math.Min(file.Length, int.MaxValue)), file.Length);

    public string FilePath => file.Path;

    public IReadOnlyDictionary<string, StoredTensor> Tensors { get; }

    public static SafetensorsFile Open(string path) => new(MappedFile.Open(path, "safetensors"));

    /// <summary>Where a tensor of this file lies; valid until <see cref="Dispose"/>.</summary>
    public byte* Pointer(in StoredTensor tensor) => file.Start + tensor.Offset;

    public void Dispose() => file.Dispose();
}
