using Speculative.Bench.Machine;

namespace Speculative.Bench.Engines;

/// <summary>The CPU engine.</summary>
sealed class CpuEngine : ModelEngine
{
    /// <summary>Models whose copy is larger are used where they lie: it takes memory, and time to make.</summary>
    const long LargestCopy = 4L << 30;

    readonly CpuModelOptions options;
    readonly Precision? precision;
    readonly CpuThreads threads;

    /// <summary>Starts the threads.</summary>
    /// <param name="options">Threads and the cache's format.</param>
    /// <param name="precision">
    /// The matrices' format; null for the stored numbers, in panels where the model is small enough to be copied.
    /// </param>
    public CpuEngine(CpuModelOptions options, Precision? precision = null)
    {
        threads = new(options.Threads);
        this.options = options with { SharedThreads = threads };
        this.precision = precision;
    }

    CpuEngine(CpuEngine other, Precision precision) => (threads, options, this.precision) = (other.threads, other.options, precision);

    public override string Name => "cpu";

    public override string Description => $"{threads.Count} threads";

    public override IReadOnlyList<int> MeasuredRows => [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64];

    public override EngineModel Create(IWeightSource weights)
    {
        CpuModel model = new(weights, options with { Precision = precision ?? Stored(weights) });
        return new(model, model.WeightFormat, model.BytesPerPass, model.CacheBytesPerPosition, model.Config);
    }

    public override EngineModel CreateRandom(string shape) =>
        Create(ModelSource.CreateRandomWeights(shape, precision == Precision.F32 ? ElementType.F32 : ElementType.BF16));

    public override string FasterThanMemory => "caches hold weights";

    public override RateShare MeasureRead(EngineModel measured, int contextLength, CancellationToken cancellationToken)
    {
        using PassMeasurement passes = new(measured.Model, contextLength);
        using ReadBandwidth bandwidth = new(threads.Count);
        return RateShare.Measure(bandwidth.Pass, () => measured.BytesRead(contextLength) / passes.Chain(), cancellationToken);
    }

    public override double MeasureRate(EngineModel measured, CancellationToken cancellationToken) =>
        measured.Format is nameof(Precision.Int8) or nameof(Precision.Int4) or nameof(ElementType.Q8_0) or nameof(ElementType.Q4_0)
            ? MultiplyRate.Bytes(threads.Count, cancellationToken)
            : MultiplyRate.Floats(threads.Count, cancellationToken);

    /// <summary>The same threads with matrices in another precision; not to be disposed.</summary>
    public CpuEngine With(Precision precision) => new(this, precision);

    /// <summary>Blocks of Q8_0 and Q4_0 are copied in any case.</summary>
    static Precision Stored(IWeightSource weights)
    {
        ModelConfig config = (weights as IdentityLayers)?.Source.Config ?? weights.Config; // with them the output keeps its bits
        Weight embedding = weights.GetWeight("model.embed_tokens.weight", config.VocabularySize, config.HiddenSize);
        double numbers = MultiplyAdds.Blocks(config) + MultiplyAdds.Head(config);
        double copy = numbers * (embedding.Type == ElementType.BF16 ? 2 : sizeof(float));
        return copy <= LargestCopy ? Precision.StoredPanels : Precision.AsStored;
    }

    public override void Dispose() => threads.Dispose();
}
