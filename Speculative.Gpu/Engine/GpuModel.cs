namespace Speculative;

/// <summary>
/// A Llama-family decoder on a GPU: Llama 2/3, Mistral, Qwen2, Qwen3, from the same model folders as <see cref="CpuModel"/>. Weights as
/// stored, in F32, F16, BF16, Q8_0 or Q4_0, or rounded to int8 or int4; products on tensor cores where the device has them and the weights
/// are not F32.
/// </summary>
/// <remarks>
/// Row-invariant: the logits after a node have the same bits alone, in a chain, in any tree and after any number of commits. (Devices of
/// another kind differ in the last bits, and more where tensor cores round activations to 16 bits.) Several threads may use sequences of
/// one model; their passes take turns. A step waits for the device once, when its rows are first asked for. Sequences hold device memory
/// until they are disposed.
/// </remarks>
public sealed class GpuModel : INestedModel
{
    readonly GpuForwardPass forward;
    readonly LayerRange[] ranges;
    readonly ElementType matrixType;

    /// <summary>Takes a model's weights to the device.</summary>
    /// <param name="context">The device; dispose it after the model.</param>
    /// <param name="weights">The weights; disposed when this returns or throws.</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="GpuMemoryException">The device has too little free memory; nothing was taken.</exception>
    /// <exception cref="ModelFormatException">A size is impossible, a weight is missing, has another shape or an unusable format, or the
    /// weights were packed in another precision.</exception>
    public GpuModel(GpuContext context, IWeightSource weights, GpuModelOptions? options = null)
        : this(context, Open(context, weights), options) { }

    GpuModel(GpuContext context, IDeviceWeights weights, GpuModelOptions? options)
    {
        using (weights)
        {
            options ??= new();
            options = options with { Precision = weights.Resolve(options.Precision) };
            ThrowIfUnusable(weights.Config, options);
            (StoredType, matrixType) = (weights.StoredType, weights.MatrixType);
            Plan = GpuMemoryPlan.For(weights.Config, LargerType, options);
            Plan.ThrowIfAbove(context.FreeMemoryBytes);
            context.Accelerator.Bind();
            ExitLayers = [.. weights.Config.ExitLayers, weights.Config.LayerCount];
            ranges = LayerRange.Between(ExitLayers);
            forward = new(context, weights, options);
        }
    }

    /// <summary>The model's sizes.</summary>
    public ModelConfig Config => forward.Config;

    /// <summary>What was planned before memory was taken.</summary>
    public GpuMemoryPlan Plan { get; }

    /// <summary>The stored format of the embedding.</summary>
    public ElementType StoredType { get; }

    /// <summary>The format to plan by: that of matrices without scales may be shorter than that of the embedding.</summary>
    ElementType LargerType => SizeOnDevice(StoredType) > SizeOnDevice(matrixType) ? StoredType : matrixType;

    /// <summary>The format of keys and values.</summary>
    public ElementType CacheFormat => forward.Options.CacheFormat;

    /// <summary>The number format of the matrices that was asked for, or in which they were packed ahead.</summary>
    public Precision Precision => forward.Options.Precision;

    /// <summary>
    /// The number format of the matrices: the stored one, where <see cref="Precision"/> leaves them as they are.
    /// </summary>
    public string WeightFormat => Precision == Precision.AsStored ? matrixType.ToString() : Precision.ToString();

    /// <summary>Bytes of weights that a pass with its head product reads.</summary>
    public long BytesPerPass => forward.MatrixBytes;

    /// <summary>The records of passes; null where none are made.</summary>
    internal PassGraphs? Graphs => forward.Graphs;

    /// <inheritdoc/>
    public int VocabularySize => Config.VocabularySize;

    /// <inheritdoc/>
    public int MaxContextLength => Config.MaxContextLength;

    /// <inheritdoc/>
    public int MaxTreeNodes => Math.Min(forward.Options.MaxTreeNodes, MaxContextLength);

    /// <inheritdoc/>
    /// <remarks>That of its options; a chain may be as long as a tree has nodes.</remarks>
    public int MaxTreeDepth => Math.Min(forward.Options.MaxTreeDepth, MaxTreeNodes - 1);

    /// <inheritdoc/>
    /// <remarks>Those of its configuration; without any, the whole model is the only one.</remarks>
    public IReadOnlyList<int> ExitLayers { get; }

    /// <summary>
    /// A model of random weights, those of <see cref="RandomWeights"/>, made on the device: for speed measurements only, its output is
    /// noise.
    /// </summary>
    /// <param name="context">The device; dispose it after the model.</param>
    /// <param name="config">The sizes.</param>
    /// <param name="type">F32 or BF16.</param>
    /// <param name="seed">Chooses the numbers.</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <exception cref="ArgumentException">An option is out of range, or the format is another.</exception>
    /// <exception cref="GpuMemoryException">The device has too little free memory; nothing was taken.</exception>
    /// <exception cref="ModelFormatException">A size is impossible.</exception>
    public static GpuModel CreateRandom(
        GpuContext context, ModelConfig config, ElementType type = ElementType.BF16, ulong seed = 1, GpuModelOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(config);
        if (type is not (ElementType.F32 or ElementType.BF16))
            throw new ArgumentOutOfRangeException(nameof(type), type, "Expected F32 or BF16.");
        return new(context, new RandomDeviceWeights(context, config, type, seed), options);
    }

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    /// <exception cref="GpuMemoryException">The device has too little free memory.</exception>
    public ICausalSequence CreateSequence(int maxContextLength) => Create(LayerRange.Between([Config.LayerCount]), maxContextLength);

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    /// <exception cref="GpuMemoryException">The device has too little free memory.</exception>
    public INestedSequence CreateNestedSequence(int maxContextLength) => Create(ranges, maxContextLength);

    GpuSequence Create(LayerRange[] sequenceRanges, int maxContextLength)
    {
        ObjectDisposedException.ThrowIf(forward.Disposed, this);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxContextLength, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maxContextLength, MaxContextLength);
        lock (forward.Gate)
        {
            forward.Context.Accelerator.Bind();
            return new(forward, sequenceRanges, maxContextLength, MaxTreeNodes);
        }
    }

    /// <summary>Frees the weights and the work space. Dispose the sequences first.</summary>
    public void Dispose()
    {
        lock (forward.Gate)
            forward.Dispose();
    }

    static int SizeOnDevice(ElementType stored) => DeviceNumbers.SizeOf(MatrixLoader.OnDevice(stored));

    static StoredDeviceWeights Open(GpuContext context, IWeightSource weights)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(weights);
        context.Accelerator.Bind(); // page-locked memory is the current context's
        return new(context.Accelerator, weights);
    }

    static void ThrowIfUnusable(ModelConfig config, GpuModelOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.PlannedContextLength, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfNegative(options.MaxTreeDepth, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxTreeNodes, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.MaxTreeNodes, GpuModelOptions.LargestTree, nameof(options));
        if (options.CacheFormat is not (ElementType.F32 or ElementType.F16 or ElementType.BF16))
            throw new ArgumentOutOfRangeException(nameof(options), options.CacheFormat, "Expected a cache in F32, F16 or BF16.");
        if (options.Precision is not (Precision.AsStored or Precision.Int8 or Precision.Int4))
            throw new ArgumentOutOfRangeException(
                nameof(options), options.Precision, "Expected matrices AsStored, in Int8 or in Int4 on the GPU engine.");
        config.ThrowIfImpossible();
        if (config.HeadSize > TreeAttentionKernel.MaxHeadDim)
            throw new ModelFormatException(
                $"The GPU engine reads heads of at most {TreeAttentionKernel.MaxHeadDim} elements, found {config.HeadSize}: use the CPU "
                + "engine.");
    }
}
