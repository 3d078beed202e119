namespace Speculative.Tests;

[Collection(nameof(EmulatedTensorCoreFixture))]
public sealed class CpuTensorAttentionTests(EmulatedTensorCoreFixture fixture) : TensorAttentionConformanceTests(fixture.Warps);
