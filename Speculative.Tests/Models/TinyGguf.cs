using Speculative.Bench.Exporting;

namespace Speculative.Tests;

/// <summary>A GGUF file in a temporary place, removed with it.</summary>
sealed class TinyGguf : IDisposable
{
    public TinyGguf() { }

    public TinyGguf(byte[] bytes) => File.WriteAllBytes(Path, bytes);

    public string Path { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"speculative-{Guid.NewGuid():N}.gguf");

    public GgufFile Open() => GgufFile.Open(Path);

    /// <summary>A model folder, as the bench writes it.</summary>
    public static TinyGguf Export(string folder, ElementType type, bool withTokenizer = false)
    {
        TinyGguf file = new();
        using ModelFolder source = ModelFolder.Open(folder);
        GgufExport.Write(source, withTokenizer ? folder : null, "exported", type, file.Path);
        return file;
    }

    /// <summary>
    /// A llama of two heads and one key/value head of eight numbers, with an embedding of [8, 16] that holds 0, 1, 2, ...
    /// </summary>
    /// <param name="add">Adds more.</param>
    /// <param name="change">Changes the numbers of the sizes.</param>
    public static byte[] Bytes(Action<GgufWriter>? add = null, Func<string, int, int>? change = null)
    {
        using GgufWriter writer = new();
        writer.Add("general.architecture", "llama");
        (string Key, int Value)[] sizes =
        [
            ("embedding_length", 16), ("block_count", 1), ("feed_forward_length", 8), ("context_length", 16),
            ("attention.head_count", 2), ("attention.head_count_kv", 1),
        ];
        foreach ((string key, int value) in sizes)
            writer.Add($"llama.{key}", change?.Invoke(key, value) ?? value);
        writer.Add("llama.attention.layer_norm_rms_epsilon", 1e-5f);
        AddRows(writer, "token_embd.weight", 8, 16);
        add?.Invoke(writer);
        MemoryStream bytes = new();
        writer.Write(bytes);
        return bytes.ToArray();
    }

    /// <summary>A tensor in F32 that holds 0, 1, 2, ...</summary>
    public static void AddRows(GgufWriter writer, string name, int? rows, int columns)
    {
        int count = (rows ?? 1) * columns;
        writer.AddTensor(name, 0, rows, columns, 4L * count, stream =>
        {
            for (int i = 0; i < count; i++)
                stream.Write(BitConverter.GetBytes((float)i));
        });
    }

    public void Dispose() => File.Delete(Path);
}
