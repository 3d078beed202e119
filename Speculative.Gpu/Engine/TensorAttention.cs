using ILGPU;
using ILGPU.Runtime;

namespace Speculative;

/// <summary>A model's tree attention on tensor cores: <see cref="BlockAttentionKernel"/>, then <see cref="TailAttentionKernel"/> or
/// <see cref="SubtreeAttentionKernel"/>, with the partial results between them. A model uses it for all its passes or for none: its bits
/// are not those of the portable kernel.</summary>
sealed class TensorAttention : IDisposable
{
    /// <summary>The rows of a piece of a chain: no more than a tile of rows.</summary>
    public const int Piece = AttentionSplits.MaxDepth;

    const int FirstSplits = 16;

    readonly GpuContext context;
    readonly ModelConfig config;
    readonly AttentionKernels kernels;
    DeviceBuffer? partials, stats;
    int capacity;

    TensorAttention(GpuContext context, ModelConfig config, AttentionKernels kernels)
    {
        this.context = context;
        this.config = config;
        this.kernels = kernels;
    }

    /// <summary>The attention of a model, or null where the portable kernel is the one to use.</summary>
    public static TensorAttention? TryCreate(GpuContext context, ModelConfig config, GpuModelOptions options) =>
        Fits(config, options) && context.Kernels.CompileAttention is { } compile
            ? new(context, config, compile(config.HeadSize, options.CacheFormat))
            : null;

    /// <summary>Where the partial results lie at present.</summary>
    public nint Partials => PassKey.Address(partials!.Singles);

    /// <summary>Where their maxima and sums lie at present.</summary>
    public nint Stats => PassKey.Address(stats!.Singles);

    /// <summary>The bytes that a context needs, wherever it is used.</summary>
    public static long Bytes(ModelConfig config, GpuModelOptions options, int positions)
    {
        int splits = Math.Max(FirstSplits, 2 * BlockAttentionKernel.Splits(positions));
        return Fits(config, options) ? PartialBytes(config, splits) + StatBytes(config, splits) : 0;
    }

    /// <summary>Computes the rows of a pass, for which room is reserved.</summary>
    /// <param name="stream">The stream to launch on.</param>
    /// <param name="tables">The rows; a tree's are at most <see cref="AttentionSplits.MaxDepth"/> deep, a chain's as many as they
    /// are.</param>
    /// <param name="committed">The tokens before each piece of the rows, on the device; [pieces].</param>
    /// <param name="queries">Rotated queries; [rows, heads, headDim].</param>
    /// <param name="keys">The layer's keys, those of the rows included.</param>
    /// <param name="values">The layer's values.</param>
    /// <param name="output">Receives the rows, in F32 or in the cache's format; [rows, heads, headDim].</param>
    public void Launch(
        AcceleratorStream stream, in TreeTables tables, ArrayView<int> committed, ArrayView<float> queries, DeviceNumbers keys,
        DeviceNumbers values, DeviceNumbers output)
    {
        if (!IsCut(tables))
        {
            Part(stream, tables, committed, queries, keys, values, output);
            return;
        }
        // The pieces of a chain are chains behind more committed tokens.
        int row = config.QuerySize;
        for (int first = 0; first < tables.Rows; first += Piece)
        {
            int rows = Math.Min(Piece, tables.Rows - first);
            Part(stream, tables with { Committed = tables.Committed + first, Rows = rows, MaxDepth = rows - 1 },
                committed.SubView(first / Piece, 1), queries.SubView((long)first * row, (long)rows * row), keys, values,
                output.Part((long)first * row, (long)rows * row));
        }
    }

    /// <summary>Makes room for the partial results of a pass. Nothing is allocated while it is launched.</summary>
    public void Reserve(AcceleratorStream stream, in TreeTables tables)
    {
        const string purpose = "The partial results of attention";
        int splits = Splits(tables).Last;
        if (capacity > 0 && splits <= capacity)
            return;
        int larger = Math.Max(Math.Max(splits, 2 * capacity), FirstSplits);
        stream.Synchronize();
        Dispose();
        capacity = 0;
        partials = new(context, PartialBytes(config, larger), purpose);
        stats = new(context, StatBytes(config, larger), purpose);
        capacity = larger;
    }

    /// <summary>Whether the rows are a chain that takes several launches.</summary>
    static bool IsCut(in TreeTables tables) => tables.IsChain && tables.Rows > Piece;

    /// <summary>The splits of the first and of the last launch for these rows: one and the same where they are not cut.</summary>
    public static (int First, int Last) Splits(in TreeTables tables) => (
        BlockAttentionKernel.Splits(tables.Committed + (IsCut(tables) ? Piece - 1 : tables.MaxDepth)),
        BlockAttentionKernel.Splits(tables.Committed + tables.MaxDepth));

    public void Dispose()
    {
        partials?.Dispose();
        stats?.Dispose();
    }

    static bool Fits(ModelConfig config, GpuModelOptions options) => options.MaxTreeDepth <= AttentionSplits.MaxDepth
        && config.HeadSize is 64 or 128 && options.CacheFormat is ElementType.BF16 or ElementType.F16;

    static long PartialBytes(ModelConfig config, int splits) => (long)splits * Workspace.MaxRows * config.QuerySize * sizeof(float);

    static long StatBytes(ModelConfig config, int splits) => 2L * splits * Workspace.MaxRows * config.HeadCount * sizeof(float);

    void Part(
        AcceleratorStream stream, in TreeTables tables, ArrayView<int> committed, ArrayView<float> queries, DeviceNumbers keys,
        DeviceNumbers values, DeviceNumbers output)
    {
        TreeAttentionShape shape = tables.Shape(config);
        ArrayView<Fragment> keyChunks = keys.Bytes.Cast<Fragment>(), valueChunks = values.Bytes.Cast<Fragment>();
        ArrayView<RowPair> pairs = stats!.Bytes.Cast<RowPair>();
        kernels.Blocks.Launch(
            stream, shape, tables.MaxDepth, committed, tables.Depths, queries, keyChunks, valueChunks, partials!.Singles, pairs);
        if (tables.Ends.Length > 0)
            kernels.Subtrees.Launch(stream, shape, tables.MaxDepth, committed, tables.Depths, tables.Ends, tables.TileEnds, queries,
                keyChunks, valueChunks, partials.Singles, pairs, output);
        else
            kernels.Tail.Launch(stream, shape, tables.MaxDepth, committed, tables.Depths, tables.Ancestors, queries, keyChunks,
                valueChunks, partials.Singles, pairs, output);
    }
}
