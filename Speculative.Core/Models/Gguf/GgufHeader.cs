namespace Speculative;

/// <summary>
/// Reads a GGUF header (versions 2 and 3): magic, version, counts, metadata, tensor infos, padding, tensors. Nothing in it is believed
/// before it is checked against the size of the file.
/// </summary>
sealed class GgufHeader
{
    const int LongestKey = 65535, LongestName = 1024, MostSizes = 4;

    readonly MappedFile file;
    readonly Dictionary<string, GgufValue> values = [];
    readonly Dictionary<string, GgufTensor> tensors = [];

    GgufHeader(MappedFile file)
    {
        this.file = file;
        Metadata = new(file, values);
    }

    public GgufMetadata Metadata { get; }

    public IReadOnlyDictionary<string, GgufTensor> Tensors => tensors;

    public static GgufHeader Read(MappedFile file)
    {
        GgufHeader header = new(file);
        header.Read();
        return header;
    }

    /// <summary>Bytes of one metadata value, 0 for those without a size of their own.</summary>
    public static int Size(GgufValueType type) => type switch
    {
        GgufValueType.UInt8 or GgufValueType.Int8 or GgufValueType.Bool => 1,
        GgufValueType.UInt16 or GgufValueType.Int16 => 2,
        GgufValueType.UInt32 or GgufValueType.Int32 or GgufValueType.Float32 => 4,
        GgufValueType.UInt64 or GgufValueType.Int64 or GgufValueType.Float64 => 8,
        _ => 0,
    };

    void Read()
    {
        GgufCursor cursor = new(file, 0);
        if (!BitConverter.IsLittleEndian)
            throw cursor.Fault("GGUF", "a little-endian machine", "another one");
        if (file.Length < 24 || !cursor.Bytes(4, "magic").SequenceEqual("GGUF"u8))
            throw cursor.Fault("magic", "a GGUF file, which begins with GGUF", $"another file of {file.Length} bytes");
        if (cursor.UInt32("version") is var version and not (2 or 3))
            throw cursor.Fault("version", "2 or 3 (little-endian)", $"{version}");
        long tensorCount = cursor.Count("tensor count", 24), valueCount = cursor.Count("metadata count", 13);
        for (; valueCount > 0; valueCount--)
            ReadValue(ref cursor);
        List<(string Name, GgufTensor Tensor)> found = [];
        for (; tensorCount > 0; tensorCount--)
            found.Add(ReadTensor(ref cursor));
        Place(found, cursor.Offset);
    }

    void ReadValue(ref GgufCursor cursor)
    {
        string key = cursor.Text("metadata key", LongestKey);
        GgufValueType type = (GgufValueType)cursor.UInt32(key);
        bool isArray = type == GgufValueType.Array;
        if (isArray)
            type = (GgufValueType)cursor.UInt32(key);
        if (Size(type) == 0 && type != GgufValueType.Text)
            throw cursor.Fault(key, "a number, a truth value, a text or a list of them", $"type {(uint)type}");
        long count = isArray ? cursor.Count(key, Math.Max(Size(type), type == GgufValueType.Text ? 8 : 1)) : 1;
        if (!values.TryAdd(key, new(type, isArray, cursor.Offset, count)))
            throw cursor.Fault(key, "a key of its own", "it twice");
        if (type != GgufValueType.Text)
            cursor.Skip(count * Size(type), key);
        else
            for (; count > 0; count--)
                cursor.SkipText(key);
    }

    /// <summary>A tensor whose offset still counts from the first tensor's place.</summary>
    static (string Name, GgufTensor Tensor) ReadTensor(ref GgufCursor cursor)
    {
        string name = cursor.Text("tensor name", LongestName);
        uint sizes = cursor.UInt32(name);
        if (sizes is < 1 or > MostSizes)
            throw cursor.Fault(name, $"1 to {MostSizes} sizes", $"{sizes}");
        Span<ulong> shape = [1, 1, 1, 1];
        for (int i = 0; i < sizes; i++)
            shape[i] = cursor.UInt64(name);
        if (shape[0] is < 1 or > int.MaxValue || shape[1] is < 1 or > int.MaxValue || shape[2] != 1 || shape[3] != 1)
            throw cursor.Fault(name, "one or two sizes from 1 to 2^31 - 1", string.Join(" x ", shape.ToArray()));
        uint number = cursor.UInt32(name);
        if (GgufTypes.Find(number) is not { } type)
            throw cursor.Fault(name, $"{GgufTypes.Supported}, the number formats that are supported", GgufTypes.Name(number));
        WidenedFormat widened = GgufTypes.Widened(number);
        Weight weight = new(0, type, (int)shape[1], (int)shape[0]);
        int block = widened == WidenedFormat.Q6K ? Q6KRows.BlockSize : widened == WidenedFormat.Q41 ? Q41Rows.BlockSize
            : type is ElementType.Q8_0 or ElementType.Q4_0 ? Weight.BlockSize : 1;
        if (weight.Columns % block != 0)
            throw cursor.Fault(name, $"a multiple of {block} columns in {GgufTypes.Name(number)}", $"{weight.Columns}");
        ulong offset = cursor.UInt64(name);
        Int128 length = (Int128)weight.Rows * widened switch
        {
            WidenedFormat.Q6K => Q6KRows.ByteLength(weight.Columns),
            WidenedFormat.Q41 => Q41Rows.ByteLength(weight.Columns),
            _ => weight.RowByteLength,
        };
        return length + offset <= cursor.Left
            ? (name, new(type, widened, weight.Rows, weight.Columns, (long)offset, (long)length))
            : throw cursor.Fault(name, $"a tensor inside the {cursor.Left} bytes that are left",
                $"{weight.Rows} x {weight.Columns} in {GgufTypes.Name(number)} at {offset} (is the file truncated?)");
    }

    /// <summary>Turns offsets into places in the file: aligned, inside it, without overlaps.</summary>
    void Place(List<(string Name, GgufTensor Tensor)> found, long headerEnd)
    {
        int alignment = Metadata.Int("general.alignment", 8, 1 << 16, 32);
        if (alignment % 8 != 0)
            throw Metadata.Fault("general.alignment", "a multiple of 8");
        long start = (headerEnd + alignment - 1) / alignment * alignment, end = 0;
        string before = "the header";
        foreach ((string name, GgufTensor tensor) in found.OrderBy(pair => pair.Tensor.Offset))
        {
            if (tensor.Offset % alignment != 0 || tensor.Offset < end || tensor.Length > file.Length - start - tensor.Offset)
                throw new ModelFormatException($"{file.Path}: {name}: expected {tensor.Length} bytes at a multiple of {alignment}, after "
                    + $"{before} (it ends at {end}) and inside {file.Length - start} bytes, found an offset of {tensor.Offset}.");
            if (!tensors.TryAdd(name, tensor with { Offset = start + tensor.Offset }))
                throw new ModelFormatException($"{file.Path}: {name}: expected one tensor of this name, found two.");
            (end, before) = (tensor.Offset + tensor.Length, name);
        }
    }
}
