using System.Text;

namespace Speculative.Bench.Exporting;

/// <summary>Collects metadata and tensors and writes them as a GGUF file, version 3.</summary>
sealed class GgufWriter : IDisposable
{
    const int Alignment = 32, UInt32 = 4, Int32 = 5, Float32 = 6, Bool = 7, Text = 8, Array = 9;

    readonly MemoryStream values = new(), infos = new();
    readonly BinaryWriter value, info;
    readonly List<Action<Stream>> tensors = [];
    long valueCount, end;

    public GgufWriter() => (value, info) = (new(values), new(infos));

    public void Add(string key, string text)
    {
        Begin(key, Text);
        Write(value, text);
    }

    public void Add(string key, int number)
    {
        Begin(key, UInt32);
        value.Write((uint)number);
    }

    public void Add(string key, float number)
    {
        Begin(key, Float32);
        value.Write(number);
    }

    public void Add(string key, bool truth)
    {
        Begin(key, Bool);
        value.Write((byte)(truth ? 1 : 0));
    }

    public void Add(string key, IReadOnlyList<string> texts)
    {
        Begin(key, Array, Text, texts.Count);
        foreach (string text in texts)
            Write(value, text);
    }

    public void Add(string key, IReadOnlyList<int> numbers)
    {
        Begin(key, Array, Int32, numbers.Count);
        foreach (int number in numbers)
            value.Write(number);
    }

    public void Add(string key, IReadOnlyList<float> numbers)
    {
        Begin(key, Array, Float32, numbers.Count);
        foreach (float number in numbers)
            value.Write(number);
    }

    /// <summary>Announces a tensor; its bytes are asked for when the file is written.</summary>
    /// <param name="name">Its GGUF name.</param>
    /// <param name="type">GGUF's number of its number format.</param>
    /// <param name="rows">Rows; null for a vector.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="bytes">How many bytes <paramref name="write"/> will write.</param>
    /// <param name="write">Writes them.</param>
    public void AddTensor(string name, int type, int? rows, int columns, long bytes, Action<Stream> write)
    {
        Write(info, name);
        info.Write(rows is null ? 1u : 2u);
        info.Write((ulong)columns);
        if (rows is { } count)
            info.Write((ulong)count);
        info.Write((uint)type);
        info.Write((ulong)end);
        end = Aligned(end + bytes);
        tensors.Add(write);
    }

    /// <summary>Writes the file whole or not at all.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public void Write(string path, CancellationToken cancellationToken)
    {
        string temporary = $"{path}.{Environment.ProcessId}.tmp";
        try
        {
            using (FileStream file = new(temporary, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20))
                Write(file, cancellationToken);
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>Writes the file's bytes; looks at the token between tensors.</summary>
    public void Write(Stream file, CancellationToken cancellationToken = default)
    {
        using BinaryWriter header = new(file, Encoding.UTF8, leaveOpen: true);
        header.Write("GGUF"u8);
        header.Write(3u);
        header.Write((ulong)tensors.Count);
        header.Write((ulong)valueCount);
        header.Flush();
        values.WriteTo(file);
        infos.WriteTo(file);
        foreach (Action<Stream> tensor in tensors)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Pad(file);
            tensor(file);
        }
        Pad(file);
    }

    public void Dispose()
    {
        value.Dispose();
        info.Dispose();
    }

    void Begin(string key, int type, int? item = null, int count = 0)
    {
        valueCount++;
        Write(value, key);
        value.Write((uint)type);
        if (item is null)
            return;
        value.Write((uint)item);
        value.Write((ulong)count);
    }

    static void Write(BinaryWriter target, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        target.Write((ulong)bytes.Length);
        target.Write(bytes);
    }

    static void Pad(Stream file) => file.Write(new byte[Aligned(file.Position) - file.Position]);

    static long Aligned(long offset) => (offset + Alignment - 1) / Alignment * Alignment;
}
