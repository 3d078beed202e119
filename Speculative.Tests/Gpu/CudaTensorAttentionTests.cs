namespace Speculative.Tests;

public sealed class CudaTensorAttentionTests(CudaAcceleratorFixture fixture)
    : TensorAttentionConformanceTests(fixture), IClassFixture<CudaAcceleratorFixture>;
