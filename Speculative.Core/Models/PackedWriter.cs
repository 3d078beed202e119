using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;

namespace Speculative;

/// <summary>Writes one file of packed weights, see <see cref="PackedHeader"/>: panels first, so that all begin on cache lines.</summary>
sealed unsafe class PackedWriter(ModelFolder source, Precision precision)
{
    const int Line = 64, Chunk = 1 << 30;
    const string Embedding = "model.embed_tokens.weight", Head = "lm_head.weight";

    readonly IReadOnlyDictionary<string, StoredTensor> stored = source.Tensors;
    readonly Dictionary<string, StoredTensor> tensors = [];
    readonly List<(string Name, Weight Weight, bool Packed)> contents = [];
    readonly SortedDictionary<string, string> sizes = new(StringComparer.Ordinal);

    /// <summary>Writes the file under another name and renames it at the end.</summary>
    public void Write(string path, CancellationToken cancellationToken)
    {
        Plan();
        byte[] header = Header(cancellationToken);
        string temporary = $"{path}.{Environment.ProcessId}.tmp";
        try
        {
            using (FileStream file = new(temporary, FileMode.Create, FileAccess.Write, FileShare.None))
            {
                file.Write(header);
                foreach ((string name, Weight weight, bool packed) in contents)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    if (packed)
                        WritePanels(file, name, weight);
                    else
                        WriteBytes(file, (byte*)weight.Data, weight.ByteLength);
                }
                file.Flush(flushToDisk: true);
            }
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>
    /// Every stored matrix is multiplied with, except for the embedding (tied to the head, it is both) and a head that is not used.
    /// </summary>
    void Plan()
    {
        long offset = 0;
        foreach (string name in Names(2))
            if (name != (source.Config.TiedEmbeddings ? Head : Embedding))
            {
                Weight weight = source.GetWeight(name, (int)stored[name].Shape[0], (int)stored[name].Shape[1]);
                sizes.Add(name, PackedHeader.Size(weight.Rows, weight.Columns));
                Add(PackedHeader.PanelsOf(name), "U8", 1, PackedFile.Shape(precision, weight.Rows, weight.Columns),
                    PanelFormats.ByteLength(precision, weight.Rows, weight.Columns), (name, weight, true));
            }
        List<(string Name, Weight Weight)> vectors =
            [.. Names(1).Select(name => (name, source.GetWeight(name, 1, (int)stored[name].Shape[0])))];
        vectors.Add((Embedding, source.GetWeight(Embedding, source.Config.VocabularySize, source.Config.HiddenSize)));
        foreach ((string name, Weight weight) in vectors.OrderBy(vector => vector.Weight.Type)) // singles first: all are aligned
            Add(name, weight.Type.ToString(), stored[name].ElementSize, stored[name].Shape, weight.ByteLength, (name, weight, false));

        void Add(string name, string type, int size, long[] shape, long bytes, (string, Weight, bool) content)
        {
            tensors.Add(name, new(type, size, shape, offset, bytes));
            contents.Add(content);
            offset += bytes;
        }
    }

    IEnumerable<string> Names(int dimensions) => stored.Where(pair => pair.Value.Shape.Length == dimensions
        && pair.Value.Shape.All(size => size is > 0 and <= int.MaxValue)
        && (pair.Key.EndsWith(".weight", StringComparison.Ordinal) || pair.Key.EndsWith(".bias", StringComparison.Ordinal)))
        .Select(pair => pair.Key).Order(StringComparer.Ordinal);

    byte[] Header(CancellationToken cancellationToken)
    {
        using MemoryStream bytes = new();
        bytes.Write(new byte[sizeof(long)]);
        using (Utf8JsonWriter json = new(bytes))
        {
            json.WriteStartObject();
            json.WritePropertyName("__metadata__");
            JsonSerializer.Serialize(json, new PackedHeader(precision, Identity(cancellationToken), sizes).ToMetadata(tensors));
            foreach ((string name, StoredTensor tensor) in tensors)
            {
                json.WritePropertyName(name);
                long[] offsets = [tensor.Offset, tensor.Offset + tensor.Length];
                JsonSerializer.Serialize(json, new { dtype = tensor.Type, shape = tensor.Shape, data_offsets = offsets });
            }
            json.WriteEndObject();
        }
        while (bytes.Length % Line != 0)
            bytes.WriteByte((byte)' ');
        byte[] header = bytes.ToArray();
        BinaryPrimitives.WriteInt64LittleEndian(header, header.Length - sizeof(long));
        return header;
    }

    /// <summary>The SHA-256 of what is packed.</summary>
    string Identity(CancellationToken cancellationToken)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach ((_, Weight weight, _) in contents)
            for (long at = 0; at < weight.ByteLength; at += Chunk)
            {
                cancellationToken.ThrowIfCancellationRequested();
                hash.AppendData(new ReadOnlySpan<byte>((byte*)weight.Data + at, (int)Math.Min(Chunk, weight.ByteLength - at)));
            }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    void WritePanels(FileStream file, string name, Weight weight)
    {
        long bytes = PanelFormats.ByteLength(precision, weight.Rows, weight.Columns);
        using NativeBuffer buffer = new();
        byte* panels = (byte*)buffer.Floats(bytes / sizeof(float));
        PanelFormats.Pack(name, precision, weight, panels);
        WriteBytes(file, panels, bytes);
    }

    static void WriteBytes(FileStream file, byte* data, long length)
    {
        for (long at = 0; at < length; at += Chunk)
            file.Write(new ReadOnlySpan<byte>(data + at, (int)Math.Min(Chunk, length - at)));
    }
}
