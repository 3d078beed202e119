namespace Speculative.Tests;

public sealed class CpuTreeKernelConformanceTests(CpuAcceleratorFixture fixture)
    : TreeKernelConformanceTests(fixture), IClassFixture<CpuAcceleratorFixture>;
