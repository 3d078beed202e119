namespace Speculative.Tests.Gpu;

public sealed class CudaTreeKernelConformanceTests(CudaAcceleratorFixture fixture)
    : TreeKernelConformanceTests(fixture), IClassFixture<CudaAcceleratorFixture>;
