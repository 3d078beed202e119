namespace Speculative.Tests;

/// <summary>The GPU engine's context on the first GPU; tests on it are skipped where there is none.</summary>
public sealed class CudaContextFixture : IDisposable
{
    readonly GpuContext? context = GpuContext.ListDevices().Any(device => device.Kind == GpuDeviceKind.Cuda) ? GpuContext.Open() : null;

    public GpuContext Context
    {
        get
        {
            Assert.SkipWhen(context is null, "This machine has no CUDA device.");
            return context;
        }
    }

    public void Dispose() => context?.Dispose();
}
