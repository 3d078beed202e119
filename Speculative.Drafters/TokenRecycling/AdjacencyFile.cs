using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Speculative.Drafters;

/// <summary>
/// A file that holds an <see cref="AdjacencyMatrix"/>, little-endian: a mark of eight bytes; 32-bit integers, the vocabulary's size and the
/// width; 64-bit integers, the tokens counted and those counted at each rank; then the matrix's 32-bit entries.
/// </summary>
static class AdjacencyFile
{
    const int Width = AdjacencyMatrix.Width, HeaderBytes = 8 + 2 * sizeof(int) + (1 + Width) * sizeof(long);

    static ReadOnlySpan<byte> Mark => "adjacen1"u8;

    /// <summary>Fills a matrix's entries and counts from a file.</summary>
    public static void Read(string path, Span<int> entries, CountedRanks ranks)
    {
        byte[] header = new byte[HeaderBytes];
        using FileStream file = new(path, FileMode.Open, FileAccess.Read);
        if (file.ReadAtLeast(header, HeaderBytes, throwOnEndOfStream: false) < HeaderBytes || !header.AsSpan().StartsWith(Mark)
            || Integer(header, 1) != Width)
            throw new ModelFormatException($"{path}: expected a matrix that Token Recycling has saved, found something else.");
        if (Integer(header, 0) != entries.Length / Width)
            throw new ModelFormatException($"{path}: learnt with a vocabulary of {Integer(header, 0)} tokens, the target has "
                + $"{entries.Length / Width}: expected the same.");
        long expected = HeaderBytes + (long)entries.Length * sizeof(int);
        if (file.Length != expected)
            throw new ModelFormatException($"{path}: expected {expected} bytes, found {file.Length} (is the file truncated?).");
        file.ReadExactly(MemoryMarshal.AsBytes(entries));
        if (!BitConverter.IsLittleEndian)
            BinaryPrimitives.ReverseEndianness(entries, entries);
        if (entries.ContainsAnyExceptInRange(-1, entries.Length / Width - 1))
            throw new ModelFormatException($"{path}: expected tokens of the vocabulary, found others.");
        long[] counts = new long[1 + Width];
        for (int i = 0; i < counts.Length; i++)
            counts[i] = BinaryPrimitives.ReadInt64LittleEndian(header.AsSpan(8 + 2 * sizeof(int) + i * sizeof(long)));
        if (!ranks.TryRestore(counts))
            throw new ModelFormatException($"{path}: expected counts of ranks, the first no less than the others' sum, found others.");
    }

    /// <summary>Writes a matrix's entries and counts.</summary>
    public static void Write(string path, ReadOnlySpan<int> entries, CountedRanks ranks)
    {
        byte[] bytes = new byte[HeaderBytes + entries.Length * sizeof(int)];
        Mark.CopyTo(bytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), entries.Length / Width);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(12), Width);
        foreach (var (i, count) in ranks.Counts().Index())
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(16 + i * sizeof(long)), count);
        for (int i = 0; i < entries.Length; i++)
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(HeaderBytes + i * sizeof(int)), entries[i]);
        string temporary = $"{path}.{Environment.ProcessId}.tmp";
        try
        {
            File.WriteAllBytes(temporary, bytes);
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    static int Integer(ReadOnlySpan<byte> header, int index) =>
        BinaryPrimitives.ReadInt32LittleEndian(header[(8 + index * sizeof(int))..]);
}
