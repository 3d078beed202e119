namespace Speculative.Tests;

[Collection(nameof(EmulatedAttentionFixture))]
public sealed class CpuTensorAttentionTests(EmulatedAttentionFixture fixture) : TensorAttentionConformanceTests(fixture.Warps);
