using System.IO.MemoryMappedFiles;

namespace Speculative;

/// <summary>A memory-mapped safetensors file whose header has been checked: every tensor lies inside the mapping.</summary>
sealed unsafe class SafetensorsFile : IDisposable
{
    readonly MemoryMappedFile mapping;
    readonly MemoryMappedViewAccessor view;
    readonly byte* start;

    SafetensorsFile(string path, MemoryMappedFile mapping, long length)
    {
        this.mapping = mapping;
        FilePath = path;
        view = mapping.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        start += view.PointerOffset;
        try
        {
            Tensors = SafetensorsHeader.Read(path, new(start, (int)Math.Min(length, int.MaxValue)), length);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public string FilePath { get; }

    public IReadOnlyDictionary<string, StoredTensor> Tensors { get; }

    public static SafetensorsFile Open(string path)
    {
        try
        {
            FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            long length = file.Length;
            if (length < 8)
            {
                file.Dispose();
                SafetensorsHeader.Read(path, [], length);
            }
            MemoryMappedFile mapping =
                MemoryMappedFile.CreateFromFile(file, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
            return new(path, mapping, length);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new ModelFormatException($"{path}: expected a readable safetensors file, found a fault: {fault.Message}", fault);
        }
    }

    /// <summary>Where a tensor of this file lies; valid until <see cref="Dispose"/>.</summary>
    public byte* Pointer(in StoredTensor tensor) => start + tensor.Offset;

    public void Dispose()
    {
        view.SafeMemoryMappedViewHandle.ReleasePointer();
        view.Dispose();
        mapping.Dispose();
    }
}
