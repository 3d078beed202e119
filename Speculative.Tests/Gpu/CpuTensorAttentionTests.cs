namespace Speculative.Tests;

public sealed class CpuTensorAttentionTests(WideCpuAcceleratorFixture fixture)
    : TensorAttentionConformanceTests(fixture), IClassFixture<WideCpuAcceleratorFixture>;
