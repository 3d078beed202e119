using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Speculative;

/// <summary>
/// A memory-mapped safetensors file: an 8-byte header length, a JSON header of tensors (type, shape, byte range), then the data. Everything in
/// the header is checked against the file before a pointer is made.
/// </summary>
sealed unsafe class SafetensorsFile : IDisposable
{
    const long MaxHeaderLength = 100_000_000;

    readonly string path;
    readonly MemoryMappedFile file;
    readonly MemoryMappedViewAccessor view;
    readonly Dictionary<string, SafetensorsEntry> entries;
    readonly byte* data;

    /// <summary>Opens and checks a file.</summary>
    public SafetensorsFile(string path)
    {
        this.path = path;
        long length = new FileInfo(path).Length;
        if (length < 8)
            throw Broken($"expected a header of at least 8 bytes, found a file of {length}");
        file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        view = file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        byte* start = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        try
        {
            ulong headerLength = Marshal.PtrToStructure<ulong>((nint)start);
            if (headerLength > (ulong)Math.Min(length - 8, MaxHeaderLength))
                throw Broken($"expected a header of at most {Math.Min(length - 8, MaxHeaderLength)} bytes, found a header length of {headerLength}");
            data = start + 8 + headerLength;
            entries = ReadHeader(new ReadOnlySpan<byte>(start + 8, (int)headerLength).ToArray(), length - 8 - (long)headerLength);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The tensors' names.</summary>
    public IReadOnlyCollection<string> Names => entries.Keys;

    /// <summary>Finds a tensor as a matrix of a given shape.</summary>
    public Weight GetWeight(string name, int rows, int columns)
    {
        SafetensorsEntry entry = entries[name];
        if (!(rows == 1 && entry.Shape is [var length] && length == columns || entry.Shape is [var r, var c] && r == rows && c == columns))
            throw Broken($"config.json asks for a shape of {(rows == 1 ? $"[{columns}]" : $"[{rows}, {columns}]")}, found [{string.Join(", ", entry.Shape)}]", name);
        ElementType type = entry.Type switch
        {
            "F32" => ElementType.F32,
            "F16" => ElementType.F16,
            "BF16" => ElementType.BF16,
            _ => throw Broken($"expected F32, F16 or BF16, found {entry.Type}", name),
        };
        return new((nint)(data + entry.Begin), type, rows, columns);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        view.SafeMemoryMappedViewHandle.ReleasePointer();
        view.Dispose();
        file.Dispose();
    }

    Dictionary<string, SafetensorsEntry> ReadHeader(byte[] header, long dataLength)
    {
        Dictionary<string, SafetensorsEntry> found = [];
        try
        {
            using JsonDocument json = JsonDocument.Parse(header);
            foreach (JsonProperty tensor in json.RootElement.EnumerateObject())
                if (tensor.Name != "__metadata__" && !found.TryAdd(tensor.Name, ReadEntry(tensor.Name, tensor.Value, dataLength)))
                    throw Broken("it is listed twice", tensor.Name);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new ModelFormatException($"{path}: the header is not a safetensors header: {exception.Message}", exception);
        }
        string? previous = null;
        foreach (var (name, entry) in found.Where(item => item.Value.End > item.Value.Begin).OrderBy(item => item.Value.Begin))
        {
            if (previous is not null && found[previous].End > entry.Begin)
                throw Broken($"its bytes overlap those of '{previous}'", name);
            previous = name;
        }
        return found;
    }

    SafetensorsEntry ReadEntry(string name, JsonElement value, long dataLength)
    {
        string type = value.GetProperty("dtype").GetString() ?? "";
        long[] shape = [.. value.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64())];
        long[] offsets = [.. value.GetProperty("data_offsets").EnumerateArray().Select(offset => offset.GetInt64())];
        int size = ElementSize(type) ?? throw Broken($"unknown dtype '{type}'", name);
        Int128 bytes = size;
        foreach (long dimension in shape)
            if (dimension < 0 || (bytes *= dimension) > long.MaxValue)
                throw Broken($"impossible shape [{string.Join(", ", shape)}]", name);
        if (offsets is not [>= 0 and var begin, var end] || end < begin || end > dataLength)
            throw Broken($"expected data_offsets [begin, end] within 0 to {dataLength}, found [{string.Join(", ", offsets)}]", name);
        return end - begin == bytes
            ? new(type, shape, begin, end)
            : throw Broken($"expected {bytes} bytes for {type} [{string.Join(", ", shape)}], found {end - begin}", name);
    }

    /// <summary>Bytes a number; null for a type that the format does not know.</summary>
    static int? ElementSize(string type) => type switch
    {
        "BOOL" or "U8" or "I8" or "F8_E4M3" or "F8_E5M2" => 1,
        "I16" or "U16" or "F16" or "BF16" => 2,
        "I32" or "U32" or "F32" => 4,
        "I64" or "U64" or "F64" => 8,
        _ => null,
    };

    ModelFormatException Broken(string what, string? tensor = null) => new(tensor is null ? $"{path}: {what}." : $"{path}: tensor '{tensor}': {what}.");
}
