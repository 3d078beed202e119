namespace Speculative;

/// <summary>
/// A Llama-family decoder on the CPU: Llama 2/3, Mistral, Qwen2, Qwen3. Weights are used where they lie (F32, F16, BF16), the key/value
/// cache is single precision in native memory.
/// </summary>
/// <remarks>
/// Row-invariant: the logits after a node have the same bits alone, in a chain, in any tree, after any number of commits and with any
/// number of threads. (Machines with vectors of another width may differ in the last bits.) Several threads may use sequences of one model;
/// their passes take turns. Sequences hold native memory until they are disposed.
/// </remarks>
public sealed class CpuModel : INestedModel
{
    const int LargestTree = 512;

    readonly IWeightSource weights;
    readonly ForwardPass forward;
    readonly LayerRange[] ranges;
    bool disposed;

    /// <summary>Takes a model's weights.</summary>
    /// <param name="weights">The weights; the model disposes them, also when this constructor throws.</param>
    /// <param name="options">Threads; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    /// <exception cref="ModelFormatException">
    /// A size is impossible, a weight is missing or has another shape, or the weights were packed in another precision.
    /// </exception>
    public CpuModel(IWeightSource weights, CpuModelOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(weights);
        this.weights = weights;
        try
        {
            int threads = options?.Threads ?? 0;
            ArgumentOutOfRangeException.ThrowIfNegative(threads, nameof(options));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(threads, 1024, nameof(options));
            ThrowIfImpossible(weights.Config);
            Precision = options?.Precision ?? Precision.AsStored;
            if (!Enum.IsDefined(Precision))
                throw new ArgumentOutOfRangeException(nameof(options), Precision, "Expected AsStored, F32, BF16, Int8 or Int4.");
            Precision = MatrixStore.Resolve(weights, Precision);
            ExitLayers = [.. weights.Config.ExitLayers, weights.Config.LayerCount];
            ranges = LayerRange.Between(ExitLayers);
            Threads = threads == 0 ? Environment.ProcessorCount : threads;
            forward = new(weights, Precision, Threads);
        }
        catch
        {
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

    /// <summary>The number format of the output matrix: the stored one, where <see cref="Precision"/> leaves it as it is.</summary>
    public string WeightFormat => Precision == Precision.AsStored ? forward.StoredType.ToString() : Precision.ToString();

    /// <summary>Bytes of weights that a pass with its head product reads.</summary>
    public long BytesPerPass => forward.MatrixBytes;

    /// <inheritdoc/>
    public int VocabularySize => Config.VocabularySize;

    /// <inheritdoc/>
    public int MaxContextLength => Config.MaxContextLength;

    /// <inheritdoc/>
    public int MaxTreeNodes => Math.Min(LargestTree, MaxContextLength);

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
        forward.Dispose();
        weights.Dispose();
    }

    static void ThrowIfImpossible(ModelConfig config)
    {
        if (!config.ExitLayers.Zip([.. config.ExitLayers.Skip(1), config.LayerCount]).All(exits => exits.First > 0 && exits.First < exits.Second))
            throw new ModelFormatException(
                $"The model's exits are impossible: expected ascending layers from 1 to {config.LayerCount - 1}, found {string.Join(", ", config.ExitLayers)}.");
        int least = new[]
        {
            config.VocabularySize, config.HiddenSize, config.IntermediateSize, config.LayerCount, config.HeadCount, config.KeyValueHeadCount, config.MaxContextLength,
        }.Min();
        if (least < 1 || config.HeadSize < 2 || config.HeadSize % 2 != 0 || config.HeadCount % config.KeyValueHeadCount != 0)
            throw new ModelFormatException(
                $"The model's sizes are impossible: expected positive sizes, an even head size and heads that are a multiple of the key/value heads, found {config}.");
        if (config.RopeDivisors is { } divisors
            && (divisors.Count != config.HeadSize / 2 || divisors.Any(divisor => !float.IsFinite(divisor) || divisor <= 0)))
            throw new ModelFormatException($"The model's rotary divisors are impossible: expected {config.HeadSize / 2} finite numbers above "
                + $"0, found {divisors.Count}, the least {divisors.DefaultIfEmpty().Min()}.");
    }
}
