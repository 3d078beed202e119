namespace Speculative.Tests;

public sealed class CudaTensorAttentionModelTests(CudaContextFixture fixture)
    : TensorAttentionModelConformanceTests, IClassFixture<CudaContextFixture>
{
    protected override ICausalModel CreateModel(ModelConfig config) =>
        new GpuModel(fixture.Context, new RandomWeights(config), new() { CacheFormat = ElementType.BF16, MaxTreeNodes = 80 });
}
