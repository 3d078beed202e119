using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace Speculative;

/// <summary>
/// The forward pass as launches on one stream: nothing waits for the device. Weights and work space of one model, shared by its
/// sequences: one pass at a time, under <see cref="Gate"/>.
/// </summary>
sealed class GpuForwardPass : IDisposable
{
    readonly GpuKernels kernels;
    readonly GpuWeights weights;
    readonly Workspace space;
    readonly DeviceTurns turns;
    readonly TensorAttention? attention;
    readonly PassGraphs? graphs;
    readonly DeviceBuffer chainDepths, chainAncestors;
    readonly List<IDisposable> owned = [];

    public GpuForwardPass(GpuContext context, IDeviceWeights source, GpuModelOptions options)
    {
        Context = context;
        Config = source.Config;
        Options = options;
        kernels = context.Kernels;
        try
        {
            Stream = Own(context.Accelerator.CreateStream());
            weights = Own(new GpuWeights(context, source, options.Precision, Stream));
            space = Own(new Workspace(context, Config, weights.MaxPartials));
            attention = TensorAttention.TryCreate(context, Config, options);
            if (attention is not null)
                owned.Add(attention);
            Integers = Own(new HostIntegers(context.Accelerator));
            turns = Own(new DeviceTurns(context, Config));
            graphs = options.RecordsPasses && CudaGraphApi.IsAvailable && Stream is CudaStream stream ? Own(new PassGraphs(stream)) : null;
            chainDepths = Own(new DeviceBuffer(context, Workspace.MaxRows * sizeof(int), "The table of a chain"));
            chainAncestors = Own(new DeviceBuffer(context, Workspace.MaxRows * Workspace.MaxRows * sizeof(int), "The table of a chain"));
        }
        catch
        {
            Dispose();
            throw;
        }
        Send([.. Enumerable.Range(-1, Workspace.MaxRows)], space.Tokens);
        kernels.AncestorTable.Launch(
            Stream, 0, Workspace.MaxRows, Workspace.MaxRows, space.Tokens, chainDepths.Integers, chainAncestors.Integers);
    }

    /// <summary>Held while anything is launched.</summary>
    public Lock Gate { get; } = new();

    public GpuContext Context { get; }

    public ModelConfig Config { get; }

    public GpuModelOptions Options { get; }

    public AcceleratorStream Stream { get; }

    public GpuMatrix Head => weights.Head;

    /// <summary>Bytes of the matrices, all of which a pass reads.</summary>
    public long MatrixBytes => weights.MatrixBytes;

    /// <summary>After this nothing may be computed: the weights are gone.</summary>
    public bool Disposed { get; private set; }

    /// <summary>The way of small integers to the device.</summary>
    public HostIntegers Integers { get; }

    /// <summary>Sends integers to the device.</summary>
    public void Send(ReadOnlySpan<int> values, ArrayView<int> target) => Integers.Send(Stream, values, target);

    /// <summary>The records of passes; null where none are made.</summary>
    public PassGraphs? Graphs => graphs;

    /// <summary>Sends the tokens of the next pass.</summary>
    public void SendTokens(ReadOnlySpan<int> tokenIds) => Send(tokenIds, space.Tokens);

    /// <summary>The rows of a text of at most <see cref="Workspace.MaxRows"/> tokens.</summary>
    public TreeTables Chain(int committed, int rows) =>
        new(committed, 0, rows, rows - 1, true, chainDepths.Integers, chainAncestors.Integers, Workspace.MaxRows,
            ArrayView<int>.Empty, ArrayView<int>.Empty);

    /// <summary>Takes rows through some layers: stores their keys and values there.</summary>
    /// <param name="tables">The rows.</param>
    /// <param name="cache">Room for all their slots reserved.</param>
    /// <param name="range">The layers.</param>
    /// <param name="rows">Where the rows begin, and what becomes of them.</param>
    public void Run(in TreeTables tables, GpuCache cache, LayerRange range, in DeviceRows rows)
    {
        turns.Reserve(Stream, tables.Committed + tables.FirstNode + tables.Rows);
        attention?.Reserve(Stream, tables);
        SendCommitted(tables);
        if (rows.Before.Length == 0)
            kernels.Embedding.Launch(Stream, tables.Rows, Config.HiddenSize, space.Tokens, weights.Embedding, space.Residual);
        else
            rows.Before.CopyTo(Stream, space.Residual.SubView(0, rows.Before.Length));
        DeviceNumbers hidden = rows.Hidden ?? space.Activations(ElementType.F32);
        if (graphs is null || rows.IsText)
            LaunchLayers(tables, cache, range, hidden);
        else
            RunLayers(graphs, tables, cache, range, hidden);
        if (rows.After.Length > 0)
            space.Residual.SubView(0, rows.After.Length).CopyTo(Stream, rows.After);
    }

    /// <summary>Runs the layers from their record, where there is one or can be.</summary>
    void RunLayers(PassGraphs records, in TreeTables tables, GpuCache cache, LayerRange range, DeviceNumbers hidden)
    {
        PassKey key = Key(tables, cache, range, hidden);
        if (records.TryLaunch(key))
            return;
        bool isRecorded = records.TryBegin(key);
        try
        {
            LaunchLayers(tables, cache, range, hidden);
            if (!isRecorded || records.TryEnd(key))
                return;
        }
        catch when (isRecorded)
        {
            records.Abandon();
        }
        LaunchLayers(tables, cache, range, hidden); // nothing of what was to be recorded ran
    }

    PassKey Key(in TreeTables tables, GpuCache cache, LayerRange range, DeviceNumbers hidden)
    {
        (int first, int last) = attention is null ? (0, 0) : TensorAttention.Splits(tables);
        return new(
            range, tables.FirstNode, tables.Rows, first, last, PassKey.Address(cache.Keys(range.First).Bytes),
            PassKey.Address(cache.Values(range.End - 1).Bytes), PassKey.Address(tables.Depths), PassKey.Address(tables.Ancestors),
            tables.Stride, PassKey.Address(tables.Ends), PassKey.Address(tables.TileEnds), PassKey.Address(turns.View),
            attention?.Partials ?? 0, attention?.Stats ?? 0, PassKey.Address(hidden.Bytes));
    }

    /// <summary>Launches the layers and the final norm.</summary>
    void LaunchLayers(in TreeTables tables, GpuCache cache, LayerRange range, DeviceNumbers hidden)
    {
        int splits = 0;
        for (int index = range.First; index < range.End; index++)
        {
            GpuLayer layer = weights.Layers[index];
            Norm(tables.Rows, splits, layer.AttentionNorm, space.Activations(layer.QueryKeyValue.InputType));
            Attend(layer, tables, cache.Keys(index), cache.Values(index));
            Norm(tables.Rows, layer.AttentionOutput.Splits, layer.FeedForwardNorm, space.Activations(layer.GateUp.InputType));
            FeedForward(layer, tables.Rows);
            splits = layer.Down.Splits;
        }
        // The norm also adds the last product to the residual stream, so it runs even where nobody reads it.
        Norm(tables.Rows, splits, weights.FinalNorm, hidden);
    }

    /// <summary>The head product.</summary>
    /// <param name="hidden">What <see cref="Run"/> gave; whole tiles of rows must be readable behind the first.</param>
    /// <param name="rows">1 to <see cref="Workspace.MaxRows"/>.</param>
    /// <param name="logits">Receives the logits; [rows, vocabulary].</param>
    public void Logits(DeviceNumbers hidden, int rows, ArrayView<float> logits)
    {
        if (Head.Splits == 1)
        {
            Head.Multiply(Stream, rows, hidden, logits);
            return;
        }
        Head.Multiply(Stream, rows, hidden, space.Partials);
        kernels.SplitSum.Launch(Stream, Head.Splits, rows * Head.Outputs, space.Partials, logits);
    }

    public void Dispose()
    {
        if (Disposed)
            return;
        Disposed = true;
        Stream?.Synchronize(); // not the device: another model may be recording
        for (int i = owned.Count - 1; i >= 0; i--) // the stream last
            owned[i].Dispose();
    }

    /// <summary>Sends how many tokens come before each piece that attention may cut the pass into.</summary>
    void SendCommitted(in TreeTables tables)
    {
        Span<int> pieces = stackalloc int[Workspace.MaxPieces];
        for (int piece = 0; piece < pieces.Length; piece++)
            pieces[piece] = tables.Committed + piece * TensorAttention.Piece;
        Send(pieces, space.Committed);
    }

    T Own<T>(T item) where T : IDisposable
    {
        owned.Add(item);
        return item;
    }

    void Norm(int rows, int splits, DeviceBuffer weight, DeviceNumbers normed) => kernels.ResidualNorm.Launch(
        Stream, rows, Config.HiddenSize, splits, Config.NormEpsilon, space.Residual, space.Partials, weight.Singles, normed);

    void Attend(GpuLayer layer, in TreeTables tables, DeviceNumbers keys, DeviceNumbers values)
    {
        int rows = tables.Rows, heads = Config.HeadCount, kvHeads = Config.KeyValueHeadCount, size = Config.HeadSize;
        layer.QueryKeyValue.Multiply(Stream, rows, space.Activations(layer.QueryKeyValue.InputType), space.Partials);
        kernels.RotaryAppend.Launch(
            Stream, rows,
            new(heads, kvHeads, size, tables.Committed, tables.FirstNode, layer.QueryKeyValue.Splits, Config.NormEpsilon),
            new(turns.View, layer.Bias, layer.QueryNorm, layer.KeyNorm), space.Committed, tables.Depths, space.Partials,
            space.Queries, keys, values);
        layer.AttentionOutput.Multiply(Stream, rows, Mix(layer.AttentionOutput.InputType, tables, keys, values), space.Partials);
    }

    /// <summary>Attention, in the format that the next product reads.</summary>
    DeviceNumbers Mix(ElementType type, in TreeTables tables, DeviceNumbers keys, DeviceNumbers values)
    {
        DeviceNumbers mixed = new(space.Mixed.Cast<byte>(), ElementType.F32), rounded = space.Activations(type);
        if (attention is not null && type == Options.CacheFormat)
        {
            attention.Launch(Stream, tables, space.Committed, space.Queries, keys, values, rounded);
            return rounded;
        }
        if (attention is not null)
            attention.Launch(Stream, tables, space.Committed, space.Queries, keys, values, mixed);
        else
            kernels.Attention.Launch(
                Stream, tables.Shape(Config), space.Committed, tables.Depths, tables.Ancestors, space.Queries, keys, values, space.Mixed);
        if (type == ElementType.F32)
            return mixed;
        kernels.HalfRows.Launch(Stream, tables.Rows, tables.Rows, Config.QuerySize, space.Mixed, rounded);
        return rounded;
    }

    void FeedForward(GpuLayer layer, int rows)
    {
        layer.GateUp.Multiply(Stream, rows, space.Activations(layer.GateUp.InputType), space.Partials);
        DeviceNumbers gated = space.Activations(layer.Down.InputType);
        kernels.Gate.Launch(Stream, rows, Config.IntermediateSize, layer.GateUp.Splits, space.Partials, gated);
        layer.Down.Multiply(Stream, rows, gated, space.Partials);
    }
}
