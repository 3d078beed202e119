using System.Runtime.InteropServices;

namespace Speculative;

/// <summary>
/// A GGUF file of a Llama-family model (architectures <c>llama</c>, <c>qwen2</c> and <c>qwen3</c>; tensors in F32, F16, BF16, Q8_0 or Q4_0,
/// and Q6_K and Q4_1, in which Q4_0 files keep their head and some of their products: those are widened to F32). The weights stay in the
/// memory-mapped file; only what is widened and the query and key products of <c>llama</c> are copied, see the remarks.
/// </summary>
/// <remarks>
/// llama.cpp's converter reorders the rows of these two so that the two elements that turn together lie side by side; engines here turn
/// element i with element i + half. Whole rows move back, no number changes. The tokenizer and the chat template are in the file
/// too: <see cref="Tokenizer.Load(GgufFile)"/>, <see cref="ChatTemplate.Load(GgufFile)"/>. The file must not change while it is open.
/// Thread-safe except for <see cref="Dispose"/>.
/// </remarks>
public sealed unsafe class GgufFile : IWeightSource
{
    readonly MappedFile file;
    readonly GgufHeader header;
    readonly Dictionary<string, nint> copies = [];
    bool disposed;

    GgufFile(MappedFile file)
    {
        this.file = file;
        header = GgufHeader.Read(file);
        Config = GgufConfig.Read(header, ReadVector);
    }

    /// <summary>The file's full path.</summary>
    public string Path => file.Path;

    /// <inheritdoc/>
    public ModelConfig Config { get; }

    /// <exception cref="ObjectDisposedException">The file is disposed.</exception>
    internal GgufMetadata Metadata
    {
        get
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            return header.Metadata;
        }
    }

    /// <summary>Opens a file and checks its header before anything in it is used.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The file. The model that it is given to takes it over and disposes it: open it once for each model.</returns>
    /// <exception cref="ArgumentException"><paramref name="path"/> is null or empty.</exception>
    /// <exception cref="ModelFormatException">
    /// The file is missing, damaged, of an unknown architecture or in unknown number formats.
    /// </exception>
    public static GgufFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        MappedFile file = MappedFile.Open(System.IO.Path.GetFullPath(path), "GGUF");
        try
        {
            return new(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">The file is disposed.</exception>
    public Weight GetWeight(string name, int rows, int columns)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        if (GgufNames.Find(name) is not { } stored || !header.Tensors.TryGetValue(stored, out GgufTensor tensor))
            throw new ModelFormatException($"{Path}: {GgufNames.Find(name) ?? name}: expected a tensor [{rows}, {columns}], found none.");
        return (tensor.Rows, tensor.Columns) == (rows, columns)
            ? new(Data(stored, tensor), tensor.Type, rows, columns)
            : throw new ModelFormatException(
                $"{Path}: {stored}: expected shape [{rows}, {columns}] by the metadata, found [{tensor.Rows}, {tensor.Columns}].");
    }

    /// <summary>Unmaps the file: weights must no longer be used.</summary>
    public void Dispose()
    {
        if (disposed)
            return;
        disposed = true;
        file.Dispose();
        foreach (nint copy in copies.Values)
            NativeMemory.AlignedFree((void*)copy);
        copies.Clear();
    }

    nint Data(string name, in GgufTensor tensor)
    {
        bool isQuery = name.Contains(".attn_q.", StringComparison.Ordinal), isKey = name.Contains(".attn_k.", StringComparison.Ordinal);
        bool isTurned = Config.ModelType == "llama" && (isQuery || isKey);
        if (!isTurned && tensor.Widened == WidenedFormat.None)
            return (nint)(file.Start + tensor.Offset);
        long elements = tensor.Rows == 1 ? tensor.Columns : tensor.Rows, expected = isQuery ? Config.QuerySize : Config.KeyValueSize;
        if (isTurned && elements != expected)
            throw new ModelFormatException($"{Path}: {name}: expected {expected} rows by the metadata, found {elements}.");
        if (isTurned && tensor.Rows == 1 && !IsOfNumbers(tensor))
            throw new ModelFormatException($"{Path}: {name}: expected a bias in F32, F16 or BF16, found one in blocks of numbers.");
        lock (copies)
        {
            if (!copies.TryGetValue(name, out nint copy))
            {
                long bytes = new Weight(0, tensor.Type, (int)tensor.Rows, (int)tensor.Columns).ByteLength;
                copies[name] = copy = (nint)NativeMemory.AlignedAlloc((nuint)bytes, 64);
                Copy(tensor, (byte*)copy, isTurned ? elements : tensor.Rows, bytes, isTurned ? Config.HeadSize : 1);
            }
            return copy;
        }
    }

    static bool IsOfNumbers(in GgufTensor tensor) =>
        tensor.Widened == WidenedFormat.None && tensor.Type is ElementType.F32 or ElementType.F16 or ElementType.BF16;

    /// <summary>
    /// Of each head, elements 0, 2, 4, ... become the first half and 1, 3, 5, ... the second. An element is a row, in a bias a number.
    /// </summary>
    void Copy(in GgufTensor tensor, byte* target, long elements, long bytes, int headSize)
    {
        long from = tensor.Length / elements, to = bytes / elements;
        for (long element = 0; element < elements; element++, target += to)
        {
            long inHead = element % headSize, half = headSize / 2;
            long stored = half == 0 ? element : element - inHead + 2 * (inHead % half) + inHead / half;
            byte* source = file.Start + tensor.Offset + stored * from;
            if (tensor.Widened == WidenedFormat.Q6K)
                Q6KRows.Widen(source, (int)tensor.Columns, (float*)target);
            else if (tensor.Widened == WidenedFormat.Q41)
                Q41Rows.Widen(source, (int)tensor.Columns, (float*)target);
            else
                NativeMemory.Copy(source, target, (nuint)to);
        }
    }

    float[] ReadVector(GgufTensor tensor)
    {
        if (tensor.Rows != 1 || tensor.Columns > 1 << 13 || tensor.Widened != WidenedFormat.None)
            throw new ModelFormatException(
                $"{Path}: {GgufNames.RopeDivisors}: expected a vector of half a head, found [{tensor.Rows}, {tensor.Columns}].");
        float[] vector = new float[tensor.Columns];
        fixed (float* target = vector)
            WeightRows.Widen(new((nint)(file.Start + tensor.Offset), tensor.Type, 1, vector.Length), 0, target);
        return vector;
    }
}
