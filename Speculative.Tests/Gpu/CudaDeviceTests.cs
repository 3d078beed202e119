namespace Speculative.Tests;

/// <summary>The first question on a machine with a GPU, which <c>bench/gpu/run-all.sh</c> asks before anything else.</summary>
public sealed class CudaDeviceTests(CudaContextFixture fixture) : IClassFixture<CudaContextFixture>
{
    [Fact]
    public void Open_WithoutAName_TakesACudaDevice()
    {
        Assert.Equal(GpuDeviceKind.Cuda, fixture.Context.Device.Kind);
        Assert.InRange(fixture.Context.FreeMemoryBytes, 1, fixture.Context.Device.MemoryBytes);
    }
}
