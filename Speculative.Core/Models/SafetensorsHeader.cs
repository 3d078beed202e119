using System.Buffers.Binary;

namespace Speculative;

/// <summary>
/// Reads a safetensors header: eight bytes of length (little-endian), JSON of that length, then the tensors' bytes, no gaps or overlaps.
/// Nothing in it is believed before it is checked against the file's size.
/// </summary>
static class SafetensorsHeader
{
    /// <summary>The limit of the format's reference implementation.</summary>
    const long MaxBytes = 100_000_000;

    public static Dictionary<string, StoredTensor> Read(string file, ReadOnlySpan<byte> start, long fileLength)
    {
        long length = Length(file, start, fileLength);
        long dataStart = 8 + length;
        Dictionary<string, StoredTensor> tensors = [];
        foreach ((string name, JsonField entry) in JsonField.Parse(file, "header", start.Slice(8, (int)length).ToArray()).Members())
            if (name != "__metadata__")
                tensors.Add(name, Tensor(entry, dataStart, fileLength));
        CheckLayout(file, tensors, dataStart, fileLength);
        return tensors;
    }

    /// <summary>The header's metadata: strings by name.</summary>
    public static Dictionary<string, string> ReadMetadata(string file, ReadOnlySpan<byte> start, long fileLength)
    {
        JsonField metadata = JsonField.Parse(
            file, "header", start.Slice(8, (int)Length(file, start, fileLength)).ToArray())["__metadata__"];
        return metadata.IsNull ? [] : metadata.Members().ToDictionary(member => member.Name, member => member.Value.Text());
    }

    static long Length(string file, ReadOnlySpan<byte> start, long fileLength)
    {
        if (fileLength < 8)
            throw new ModelFormatException($"{file}: expected at least 8 bytes of header length, found a file of {fileLength} bytes.");
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(start);
        long most = Math.Min(MaxBytes, fileLength - 8);
        return length <= (ulong)most ? (long)length
            : throw new ModelFormatException($"{file}: header length: expected at most {most} bytes, found {length}.");
    }

    static StoredTensor Tensor(JsonField entry, long dataStart, long fileLength)
    {
        string type = entry["dtype"].Text();
        int size = ElementSize(type);
        if (size == 0)
            throw entry["dtype"].Fault("a known number format such as F32, F16 or BF16");
        long[] shape = [.. entry["shape"].Items().Select(item => item.Long())];
        long[] offsets = [.. entry["data_offsets"].Items().Select(item => item.Long())];
        long dataLength = fileLength - dataStart;
        if (offsets.Length != 2 || offsets[0] > offsets[1] || offsets[1] > dataLength)
            throw entry["data_offsets"].Fault($"two ascending offsets, at most {dataLength} (is the file truncated?)");
        if (Product(shape, size) is not { } bytes || bytes != offsets[1] - offsets[0])
            throw entry["shape"].Fault($"a shape of {offsets[1] - offsets[0]} bytes in {type}, as data_offsets say");
        return new(type, size, shape, dataStart + offsets[0], offsets[1] - offsets[0]);
    }

    static long? Product(long[] shape, long elementSize)
    {
        long product = elementSize;
        foreach (long size in shape)
        {
            Int128 next = (Int128)product * size;
            if (next > long.MaxValue)
                return null;
            product = (long)next;
        }
        return product;
    }

    static int ElementSize(string type) => type switch
    {
        "F64" or "I64" or "U64" or "C64" => 8,
        "F32" or "I32" or "U32" => 4,
        "F16" or "BF16" or "I16" or "U16" => 2,
        "BOOL" or "I8" or "U8" or "F8_E4M3" or "F8_E5M2" or "F8_E8M0" => 1,
        _ => 0,
    };

    static void CheckLayout(string file, Dictionary<string, StoredTensor> tensors, long dataStart, long fileLength)
    {
        long end = dataStart;
        string before = "the header";
        foreach ((string name, StoredTensor tensor) in tensors.OrderBy(pair => pair.Value.Offset).ThenBy(pair => pair.Value.Length))
        {
            if (tensor.Offset != end)
                throw new ModelFormatException($"{file}: header[{name}].data_offsets: expected to begin at {end - dataStart}, "
                    + $"where {before} ends, found {tensor.Offset - dataStart} ({(tensor.Offset < end ? "an overlap" : "a gap")}).");
            end += tensor.Length;
            before = name;
        }
        if (end != fileLength)
            throw new ModelFormatException($"{file}: expected to end after {before} at byte {end}, found {fileLength} bytes.");
    }
}
