using Speculative.Bench.Machine;

namespace Speculative.Bench.Engines;

/// <summary>The CPU engine.</summary>
sealed class CpuEngine : ModelEngine
{
    readonly CpuModelOptions options;
    readonly CpuThreads threads;

    public CpuEngine(CpuModelOptions options)
    {
        threads = new(options.Threads);
        this.options = options with { SharedThreads = threads };
    }

    CpuEngine(CpuEngine other, Precision precision)
    {
        threads = other.threads;
        options = other.options with { Precision = precision };
    }

    public override string Name => "cpu";

    public override string Description => $"{threads.Count} threads";

    public override IReadOnlyList<int> MeasuredRows => [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64];

    public override EngineModel Create(IWeightSource weights)
    {
        CpuModel model = new(weights, options);
        return new(model, model.WeightFormat, model.BytesPerPass, model.CacheBytesPerPosition, model.Config);
    }

    public override EngineModel CreateRandom(string shape) =>
        Create(ModelSource.CreateRandomWeights(shape, options.Precision == Precision.F32 ? ElementType.F32 : ElementType.BF16));

    public override RateShare MeasureRead(EngineModel measured, int contextLength, CancellationToken cancellationToken)
    {
        using PassMeasurement passes = new(measured.Model, contextLength);
        using ReadBandwidth bandwidth = new(threads.Count);
        return RateShare.Measure(bandwidth.Pass, () => measured.BytesRead(contextLength) / passes.OneRow(), cancellationToken);
    }

    public override double MeasureRate(CancellationToken cancellationToken) => MultiplyRate.Of(options.Precision, threads.Count, cancellationToken);

    /// <summary>The same threads with matrices in another precision; not to be disposed.</summary>
    public CpuEngine With(Precision precision) => new(this, precision);

    public override void Dispose() => threads.Dispose();
}
