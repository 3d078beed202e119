using System.Buffers.Binary;
using System.Text;

namespace Speculative.Tests;

/// <summary>A model folder in a temporary place, removed with it.</summary>
sealed class TinyFolder : IDisposable
{
    public const string Config = """
        {"model_type":"llama","vocab_size":8,"hidden_size":4,"intermediate_size":6,"num_hidden_layers":1,"num_attention_heads":2,
         "num_key_value_heads":1,"max_position_embeddings":16}
        """;

    /// <summary>Two tensors: a [2, 3] in F32 holding 0 to 5, b [4] in BF16.</summary>
    public const string Header =
        """{"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"b":{"dtype":"BF16","shape":[4],"data_offsets":[24,32]}}""";

    public TinyFolder(string? config = Config, byte[]? weights = null)
    {
        if (config is not null)
            Write("config.json", config);
        Write("model.safetensors", weights ?? Weights());
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("speculative-").FullName;

    public void Write(string name, string text) => Write(name, Encoding.UTF8.GetBytes(text));

    public void Write(string name, byte[] bytes) => File.WriteAllBytes(System.IO.Path.Combine(Folder, name), bytes);

    public void Delete(string name) => File.Delete(System.IO.Path.Combine(Folder, name));

    public ModelFolder Open() => ModelFolder.Open(Folder);

    public static byte[] Weights(string header = Header, int dataBytes = 32, ulong? headerLength = null)
    {
        byte[] json = Encoding.UTF8.GetBytes(header);
        byte[] file = new byte[8 + json.Length + dataBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(file, headerLength ?? (ulong)json.Length);
        json.CopyTo(file, 8);
        for (int i = 0; i < Math.Min(6, dataBytes / 4); i++)
            BinaryPrimitives.WriteSingleLittleEndian(file.AsSpan(8 + json.Length + 4 * i), i);
        return file;
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
