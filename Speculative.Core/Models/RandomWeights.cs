using System.Runtime.InteropServices;

namespace Speculative;

/// <summary>
/// Small pseudo-random weights of any shape, the same for the same seed: for speed measurements and tests only. What such a model says
/// means nothing, and acceptance measured on it means nothing either.
/// </summary>
public sealed unsafe class RandomWeights : IWeightSource
{
    static readonly Dictionary<string, ModelConfig> NamedShapes = new(StringComparer.Ordinal)
    {
        ["tiny"] = Shape(64, 2, 160, 4, 2, 256, 512),
        ["llama-1m"] = Shape(128, 3, 344, 4, 2, 4096, 2048),
        ["llama-11m"] = Shape(384, 6, 1024, 12, 4, 4096, 2048),
        ["llama-25m"] = Shape(384, 10, 1024, 6, 2, 8192, 2048),
        ["llama-259m"] = Shape(1024, 20, 2816, 16, 4, 16384, 4096),
        ["llama-1b"] = Shape(2048, 16, 8192, 32, 8, 128256, 131072) with { RopeTheta = 500000, RopeScaling = new(32, 1, 4, 8192) },
        ["llama-7b"] = Shape(4096, 32, 11008, 32, 32, 32000, 4096) with { TiedEmbeddings = false },
        ["llama-8b"] = Shape(4096, 32, 14336, 32, 8, 128256, 131072) with
        {
            TiedEmbeddings = false,
            RopeTheta = 500000,
            RopeScaling = new(8, 1, 4, 8192),
        },
        ["qwen3-8b"] = Shape(4096, 36, 12288, 32, 8, 151936, 40960) with
        {
            ModelType = "qwen3",
            TiedEmbeddings = false,
            QueryKeyNorm = true,
            NormEpsilon = 1e-6f,
            RopeTheta = 1000000,
        },
    };

    readonly Dictionary<string, Weight> weights = new(StringComparer.Ordinal);
    readonly ElementType type;
    readonly ulong seed;
    bool disposed;

    /// <summary>Creates a source; a tensor's memory is taken and filled when an engine asks for it.</summary>
    /// <param name="config">The model's sizes.</param>
    /// <param name="type">The number format of all tensors.</param>
    /// <param name="seed">Chooses the numbers.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="type"/> is not F32, F16 or BF16.</exception>
    public RandomWeights(ModelConfig config, ElementType type = ElementType.BF16, ulong seed = 1)
    {
        ArgumentNullException.ThrowIfNull(config);
        if (type is not (ElementType.F32 or ElementType.F16 or ElementType.BF16))
            throw new ArgumentOutOfRangeException(nameof(type), type, "Expected F32, F16 or BF16.");
        Config = config;
        this.type = type;
        this.seed = seed;
    }

    /// <summary>The names that <see cref="NamedShape"/> knows.</summary>
    public static IReadOnlyCollection<string> ShapeNames => NamedShapes.Keys;

    /// <inheritdoc/>
    public ModelConfig Config { get; }

    /// <summary>
    /// The sizes of a named shape: <c>llama-259m</c> is larger than most last-level caches, <c>llama-25m</c> about as large;
    /// <c>llama-11m</c> and <c>llama-1m</c> are what a small target and its draft model are like; <c>llama-1b</c> (Llama 3.2),
    /// <c>llama-7b</c> (Llama 2), <c>llama-8b</c> (Llama 3.1) and <c>qwen3-8b</c> are the published ones.
    /// </summary>
    /// <param name="name">One of <see cref="ShapeNames"/>.</param>
    /// <exception cref="ArgumentException">The name is unknown.</exception>
    public static ModelConfig NamedShape(string name) => NamedShapes.TryGetValue(name, out ModelConfig? config)
        ? config
        : throw new ArgumentException($"Expected one of {string.Join(", ", ShapeNames)}, got '{name}'.", nameof(name));

    /// <inheritdoc/>
    /// <exception cref="InsufficientMemoryException">The tensor does not fit into the machine's memory.</exception>
    /// <exception cref="ObjectDisposedException">The source was disposed.</exception>
    public Weight GetWeight(string name, int rows, int columns)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        if (weights.TryGetValue(name, out Weight known))
            return known.Rows == rows && known.Columns == columns
                ? known
                : throw new ModelFormatException(
                    $"Random tensor {name}: expected [{rows}, {columns}], found [{known.Rows}, {known.Columns}].");
        long bytes = new Weight(0, type, rows, columns).ByteLength, available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (bytes > available)
            throw new InsufficientMemoryException($"Random tensor {name} needs {bytes} bytes; the machine has {available}.");
        Weight weight = new((nint)NativeMemory.AlignedAlloc((nuint)bytes, 64), type, rows, columns);
        weights.Add(name, weight);
        Fill(weight, name);
        return weight;
    }

    /// <summary>Frees all tensors.</summary>
    public void Dispose()
    {
        disposed = true;
        foreach (Weight weight in weights.Values)
            NativeMemory.AlignedFree((void*)weight.Data);
        weights.Clear();
    }

    static ModelConfig Shape(int hidden, int layers, int inner, int heads, int keyValueHeads, int vocabulary, int context) => new()
    {
        ModelType = "llama",
        HiddenSize = hidden,
        LayerCount = layers,
        IntermediateSize = inner,
        HeadCount = heads,
        KeyValueHeadCount = keyValueHeads,
        HeadSize = hidden / heads,
        VocabularySize = vocabulary,
        MaxContextLength = context,
        TiedEmbeddings = true,
    };

    void Fill(Weight weight, string name)
    {
        RandomTensor random = new(name, weight.Columns, seed);
        long count = (long)weight.Rows * weight.Columns;
        for (long i = 0; i < count; i++)
            Set((void*)weight.Data, i, RandomTensor.Number(random.StateBefore(0), i, random.Mean, random.Scale));
    }

    void Set(void* data, long index, float value)
    {
        if (type == ElementType.F32)
            ((float*)data)[index] = value;
        else if (type == ElementType.F16)
            ((Half*)data)[index] = (Half)value;
        else
            ((ushort*)data)[index] = (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16);
    }
}
