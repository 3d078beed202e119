namespace Speculative.Tests;

public sealed class CpuNestedModelTests() : NestedModelConformanceTests(
    TinyShapes.Qwen2, iterations: 60, config => new CpuModel(new RandomWeights(config), new() { Threads = 2 }))
{
    protected override Type Subject => typeof(CpuModel);
}
