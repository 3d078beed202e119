namespace Speculative;

/// <summary>
/// A Llama-family decoder on the CPU: Llama 2/3, Mistral, Qwen2, Qwen3. Weights are used where they lie (F32, F16, BF16) or packed in a
/// chosen precision, the key/value cache lies in native memory.
/// </summary>
/// <remarks>
/// Row-invariant: the logits after a node have the same bits alone, in a chain, in any tree, after any number of commits and with any
/// number of threads. (Machines with vectors of another width may differ in the last bits.) Several threads may use sequences of one model;
/// their passes take turns. Sequences hold native memory until they are disposed.
/// </remarks>
public sealed class CpuModel : INestedModel
{
    /// <summary>1024 drafted nodes and the root.</summary>
    const int LargestTree = 1025;

    readonly IWeightSource weights;
    readonly ForwardPass forward;
    readonly CpuThreads? ownThreads;
    readonly LayerRange[] ranges;
    bool disposed;

    /// <summary>Takes a model's weights.</summary>
    /// <param name="weights">The weights; the model disposes them, also when this constructor throws.</param>
    /// <param name="options">Threads and number formats; null for the defaults.</param>
    /// <exception cref="ModelFormatException">
    /// A size is impossible, a weight is missing or has another shape, or the weights were packed in another precision.
    /// </exception>
    public CpuModel(IWeightSource weights, CpuModelOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(weights);
        this.weights = weights;
        try
        {
            weights.Config.ThrowIfImpossible();
            Precision = options?.Precision ?? Precision.AsStored;
            Precision = MatrixStore.Resolve(weights, Precision);
            CacheFormat = options?.CacheFormat ?? CacheFormat.F32;
            ExitLayers = [.. weights.Config.ExitLayers, weights.Config.LayerCount];
            ranges = LayerRange.Between(ExitLayers);
            ownThreads = options?.SharedThreads is null ? new(options?.Threads ?? 0) : null;
            WorkerPool pool = (ownThreads ?? options!.SharedThreads!).Pool;
            Threads = pool.Threads;
            forward = new(weights, Precision, CacheFormat, pool);
            WeightFormat = Precision is Precision.AsStored or Precision.StoredPanels
                ? weights.GetWeight("model.layers.0.self_attn.q_proj.weight", Config.QuerySize, Config.HiddenSize).Type.ToString()
                : Precision.ToString();
        }
        catch
        {
            ownThreads?.Dispose();
            weights.Dispose();
            throw;
        }
    }

    /// <summary>The model's sizes.</summary>
    public ModelConfig Config => weights.Config;

    /// <summary>Threads that compute, the caller's included.</summary>
    public int Threads { get; }

    /// <summary>The number format of the matrices.</summary>
    public Precision Precision { get; }

    /// <summary>
    /// The number format of the matrices: the stored one, where <see cref="Precision"/> leaves them as they are. A file may mix formats:
    /// then that of the first layer's.
    /// </summary>
    public string WeightFormat { get; }

    /// <summary>Bytes of weights that a pass with its head product reads.</summary>
    public long BytesPerPass => forward.MatrixBytes;

    /// <summary>The number format of the key/value cache.</summary>
    public CacheFormat CacheFormat { get; }

    /// <summary>Bytes of one position's keys and values: a pass reads them for every committed position.</summary>
    public long CacheBytesPerPosition => KvCache.PositionBytes(Config, forward.Strips);

    /// <inheritdoc/>
    public int VocabularySize => Config.VocabularySize;

    /// <inheritdoc/>
    public int MaxContextLength => Config.MaxContextLength;

    /// <inheritdoc/>
    public int MaxTreeNodes => Math.Min(LargestTree, MaxContextLength);

    /// <inheritdoc/>
    public int MaxTreeDepth => MaxTreeNodes - 1;

    /// <inheritdoc/>
    /// <remarks>Those of its configuration; without any, the whole model is the only one.</remarks>
    public IReadOnlyList<int> ExitLayers { get; }

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public ICausalSequence CreateSequence(int maxContextLength) => Create(LayerRange.Between([Config.LayerCount]), maxContextLength);

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public INestedSequence CreateNestedSequence(int maxContextLength) => Create(ranges, maxContextLength);

    CpuSequence Create(LayerRange[] sequenceRanges, int maxContextLength)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxContextLength, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maxContextLength, MaxContextLength);
        return new(forward, sequenceRanges, maxContextLength, MaxTreeNodes);
    }

    /// <summary>Ends the threads and disposes the weights. Dispose the sequences first.</summary>
    public void Dispose()
    {
        if (disposed)
            return;
        disposed = true;
        lock (forward.Gate) // a pass that is under way reads the weights to its end
            forward.Dispose();
        ownThreads?.Dispose();
        weights.Dispose();
    }
}
