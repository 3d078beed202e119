using Speculative.Bench.Machine;

namespace Speculative.Bench.Engines;

/// <summary>The GPU engine on one device.</summary>
sealed class GpuEngine(GpuContext context, GpuModelOptions options) : ModelEngine
{
    public override string Name => "gpu";

    public override string Description => $"{context.Device.Name}, cache {options.CacheFormat}";

    public override string? Caution => context.Device.Kind == GpuDeviceKind.CpuEmulation
        ? "This is ILGPU's CPU accelerator, not a GPU: its results count, its times mean nothing."
        : null;

    public override IReadOnlyList<int> MeasuredRows => [1, 2, 4, 8, 16, 32, 64, 96, 128];

    public override EngineModel Create(IWeightSource weights) => Describe(new(context, weights, options));

    public override EngineModel CreateRandom(string shape) =>
        Describe(GpuModel.CreateRandom(context, RandomWeights.NamedShape(shape), ElementType.BF16, options: options));

    public override string FasterThanMemory => "a read may be faster than the copy that it is compared with";

    public override string? Remark(ICausalModel model) => model is not GpuModel { Graphs: { } graphs } ? null
        : $"Passes that ran as CUDA graphs: {graphs.Launched} of {graphs.Passes}"
            + (graphs.Refusal is { } refusal ? $"; the others were launched, as {refusal}." : ".");

    public override RateShare MeasureRead(EngineModel measured, int contextLength, CancellationToken cancellationToken)
    {
        using PassMeasurement passes = new(measured.Model, contextLength);
        double copied = CopyBandwidth.Measure(context, cancellationToken); // a device of one's own: it does not change meanwhile
        return RateShare.Measure(() => copied, () => measured.BytesRead(contextLength) / passes.Chain(), cancellationToken);
    }

    public override void Dispose() => context.Dispose();

    EngineModel Describe(GpuModel model) => new(model, model.WeightFormat, model.BytesPerPass,
        (options.CacheFormat == ElementType.F32 ? 4L : 2L) * 2 * model.Config.LayerCount * model.Config.KeyValueSize, model.Config);
}
