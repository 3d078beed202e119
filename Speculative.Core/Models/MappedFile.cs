using System.IO.MemoryMappedFiles;

namespace Speculative;

/// <summary>A file mapped into memory for reading; an empty one has a length of 0 and no start.</summary>
sealed unsafe class MappedFile : IDisposable
{
    readonly MemoryMappedFile? mapping;
    readonly MemoryMappedViewAccessor? view;

    MappedFile(string path, FileStream file)
    {
        (Path, Length) = (path, file.Length);
        if (Length == 0)
        {
            file.Dispose();
            return;
        }
        mapping = MemoryMappedFile.CreateFromFile(file, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        view = mapping.CreateViewAccessor(0, Length, MemoryMappedFileAccess.Read);
        byte* start = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        Start = start + view.PointerOffset;
    }

    public string Path { get; }

    /// <summary>The first byte; valid until <see cref="Dispose"/>.</summary>
    public byte* Start { get; }

    public long Length { get; }

    /// <summary>Maps a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="kind">What it should be, for the message where it cannot be read.</param>
    public static MappedFile Open(string path, string kind)
    {
        try
        {
            return new(path, new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new ModelFormatException($"{path}: expected a readable {kind} file, found a fault: {fault.Message}", fault);
        }
    }

    public void Dispose()
    {
        view?.SafeMemoryMappedViewHandle.ReleasePointer();
        view?.Dispose();
        mapping?.Dispose();
    }
}
