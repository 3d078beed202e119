namespace Speculative.Tests;

/// <summary>All kernels but attention run in groups of one thread.</summary>
[Collection(nameof(EmulatedTensorCoreFixture))]
public sealed class CpuTensorAttentionModelTests(EmulatedTensorCoreFixture fixture) : TensorAttentionModelConformanceTests
{
    protected override ICausalModel CreateModel(ModelConfig config) => fixture.CreateModel(config);
}
