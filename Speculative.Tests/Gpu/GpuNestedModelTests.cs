namespace Speculative.Tests;

/// <summary>Few iterations: an emulated pass takes milliseconds.</summary>
public sealed class GpuNestedModelTests(EmulationFixture fixture)
    : NestedModelConformanceTests(EmulationFixture.Tiny, 8, config => new GpuModel(fixture.Context, new RandomWeights(config))),
        IClassFixture<EmulationFixture>
{
    protected override Type Subject => typeof(GpuModel);
}
