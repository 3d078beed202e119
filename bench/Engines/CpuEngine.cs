using Speculative.Bench.Machine;

namespace Speculative.Bench.Engines;

/// <summary>The CPU engine.</summary>
sealed class CpuEngine(CpuModelOptions options) : ModelEngine
{
    int Threads => options.Threads == 0 ? Environment.ProcessorCount : options.Threads;

    public override string Name => "cpu";

    public override string Description => $"{Threads} threads";

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
        using ReadBandwidth bandwidth = new(Threads);
        return RateShare.Measure(bandwidth.Pass, () => measured.BytesRead(contextLength) / passes.OneRow(), cancellationToken);
    }

    public override double MeasureRate(CancellationToken cancellationToken) => MultiplyRate.Of(options.Precision, Threads, cancellationToken);

    public override void Dispose() { }
}
