using System.Buffers.Binary;
using System.Text;

namespace Speculative;

/// <summary>Reads a GGUF header from front to back, little-endian; nothing is read beyond the end of the file.</summary>
unsafe struct GgufCursor(MappedFile file, long offset)
{
    static readonly UTF8Encoding strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The next byte, counted from the start of the file.</summary>
    public long Offset { get; private set; } = offset;

    public readonly long Left => file.Length - Offset;

    public uint UInt32(string what) => BinaryPrimitives.ReadUInt32LittleEndian(Bytes(4, what));

    public ulong UInt64(string what) => BinaryPrimitives.ReadUInt64LittleEndian(Bytes(8, what));

    /// <summary>A number of things of which each takes at least <paramref name="leastBytes"/> of what is left.</summary>
    public long Count(string what, long leastBytes)
    {
        ulong count = UInt64(what);
        return count <= (ulong)(Left / leastBytes) ? (long)count
            : throw Fault(what, $"at most {Left / leastBytes} by the size of the file", $"{count} (is the file truncated?)");
    }

    /// <summary>A string: its length in bytes, then UTF-8.</summary>
    public string Text(string what, int longest)
    {
        ulong length = UInt64(what);
        if (length > (ulong)longest)
            throw Fault(what, $"a text of at most {longest} bytes", $"{length}");
        try
        {
            return strict.GetString(Bytes((long)length, what));
        }
        catch (DecoderFallbackException)
        {
            throw Fault(what, "UTF-8", "something else");
        }
    }

    public void SkipText(string what) => Skip(Count(what, 1), what);

    public void Skip(long count, string what)
    {
        Require(count, what);
        Offset += count;
    }

    public ReadOnlySpan<byte> Bytes(long count, string what)
    {
        Require(count, what);
        ReadOnlySpan<byte> bytes = new(file.Start + Offset, (int)count);
        Offset += count;
        return bytes;
    }

    public readonly ModelFormatException Fault(string what, string expected, string found) =>
        new($"{file.Path}: {what}: expected {expected}, found {found}.");

    readonly void Require(long count, string what)
    {
        if (count > Left)
            throw Fault(what, $"{count} bytes from byte {Offset} on", $"{Left} (is the file truncated?)");
    }
}
