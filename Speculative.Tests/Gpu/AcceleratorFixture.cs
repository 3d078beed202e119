using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;

namespace Speculative.Tests;

/// <summary>
/// One accelerator for all tests of a class: creating one is slow. Compiled by the options of the library, whatever the device.
/// </summary>
public abstract class AcceleratorFixture : IDisposable
{
    readonly Context context;
    readonly Accelerator? accelerator;

    /// <summary>A CPU accelerator of a shape, unless the environment asks for a CUDA device.</summary>
    protected AcceleratorFixture(CPUDevice shape)
        : this(
            AsksForCuda ? AcceleratorType.Cuda : AcceleratorType.CPU,
            builder => _ = AsksForCuda ? builder.Cuda() : builder.CPU(shape))
    {
    }

    protected AcceleratorFixture(AcceleratorType type, Action<Context.Builder> chooseDevices)
    {
        context = Context.Create(builder => chooseDevices(builder.ForSpeculative()));
        // A context that found no device at all falls back to ILGPU's CPU device: the type decides.
        accelerator = context.Devices.FirstOrDefault(device => device.AcceleratorType == type)?.CreateAccelerator(context);
    }

    /// <summary>Whether the environment asks for the first CUDA device in place of the CPU accelerator.</summary>
    internal static bool AsksForCuda => Environment.GetEnvironmentVariable("SPECULATIVE_TEST_DEVICE") == "cuda";

    /// <summary>The device; the test is skipped where there is none.</summary>
    public Accelerator Accelerator
    {
        get
        {
            Assert.SkipWhen(accelerator is null, $"{GetType().Name} found no such device on this machine.");
            return accelerator;
        }
    }

    public void Dispose()
    {
        accelerator?.Dispose();
        context.Dispose();
        GC.SuppressFinalize(this);
    }
}
