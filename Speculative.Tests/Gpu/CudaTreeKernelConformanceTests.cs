namespace Speculative.Tests;

public sealed class CudaTreeKernelConformanceTests(CudaAcceleratorFixture fixture)
    : TreeKernelConformanceTests(fixture), IClassFixture<CudaAcceleratorFixture>;
