namespace Speculative.Tests.Gpu;

public sealed class CpuTreeKernelConformanceTests(CpuAcceleratorFixture fixture)
    : TreeKernelConformanceTests(fixture), IClassFixture<CpuAcceleratorFixture>;
