using System.Globalization;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace Speculative;

/// <summary>One opened device and the kernels compiled for it; several <see cref="GpuModel"/>s may share it.</summary>
/// <remarks>Thread-safe except for <see cref="Dispose"/>: dispose it after its models.</remarks>
public sealed class GpuContext : IDisposable
{
    readonly Context context;
    long allocatedBytes;

    static GpuContext() => CudaDriver.Locate();

    GpuContext(Context context, Device device, GpuDevice description)
    {
        this.context = context;
        Device = description;
        Accelerator = device.CreateAccelerator(context);
        Kernels = new(Accelerator);
    }

    /// <summary>The device.</summary>
    public GpuDevice Device { get; }

    /// <summary>The device's memory that nobody holds at present, in bytes.</summary>
    public long FreeMemoryBytes
    {
        get
        {
            if (Accelerator is not CudaAccelerator)
                return Math.Max(0, Device.MemoryBytes - Interlocked.Read(ref allocatedBytes));
            Accelerator.Bind();
            CudaException.ThrowIfFailed(CudaAPI.CurrentAPI.GetMemoryInfo(out long free, out long _));
            return free;
        }
    }

    internal Accelerator Accelerator { get; }

    internal GpuKernels Kernels { get; }

    /// <summary>The GPUs of this machine, CUDA devices first.</summary>
    public static IReadOnlyList<GpuDevice> ListDevices()
    {
        using Context context = Context.Create(builder => builder.ForSpeculative().Cuda().OpenCL());
        return [.. Gpus(context).Select(Describe)];
    }

    /// <summary>Opens a device and compiles the kernels for it.</summary>
    /// <param name="nameOrIndex">
    /// An index of <see cref="ListDevices"/>, a part of a device's name, <see cref="GpuDevice.EmulationName"/>, or null for the first
    /// GPU. The emulation is never taken unless asked for.
    /// </param>
    /// <returns>A context owned by the caller.</returns>
    /// <exception cref="GpuDeviceNotFoundException">There is no such device.</exception>
    public static GpuContext Open(string? nameOrIndex = null) => OpenWith(nameOrIndex, _ => { });

    /// <summary>As <see cref="Open"/>, and streams take marks that say when the device passed them. They cost OpenCL time in every
    /// launch, so only measurements of single kernels ask for them.</summary>
    internal static GpuContext OpenTimed(string? nameOrIndex) => OpenWith(nameOrIndex, builder => builder.Profiling());

    static GpuContext OpenWith(string? nameOrIndex, Action<Context.Builder> options)
    {
        bool emulates = nameOrIndex == GpuDevice.EmulationName;
        Context context = Context.Create(builder =>
        {
            options(builder.ForSpeculative());
            _ = emulates ? builder.CPU(new CPUDevice(2, 1, 1)) : builder.Cuda().OpenCL();
        });
        try
        {
            if (emulates)
                return new(context, context.Devices[0], new(
                    -1, GpuDevice.EmulationName, GpuDeviceKind.CpuEmulation, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes));
            Device[] gpus = [.. Gpus(context)];
            int index = Find([.. gpus.Select(Describe)], nameOrIndex);
            return new(context, gpus[index], Describe(gpus[index], index));
        }
        catch
        {
            context.Dispose();
            throw;
        }
    }

    /// <summary>The index of the device that is meant.</summary>
    internal static int Find(IReadOnlyList<GpuDevice> devices, string? nameOrIndex)
    {
        if (devices.Count == 0)
            throw new GpuDeviceNotFoundException(
                $"This machine has no GPU that CUDA or OpenCL can reach: use the CPU engine, or the device '{GpuDevice.EmulationName}' to "
                + "check results without one.");
        if (nameOrIndex is null)
            return 0;
        bool isIndex = int.TryParse(nameOrIndex, NumberStyles.None, CultureInfo.InvariantCulture, out int index);
        GpuDevice? found = devices.FirstOrDefault(device => isIndex
            ? device.Index == index : device.Name.Contains(nameOrIndex, StringComparison.OrdinalIgnoreCase));
        return found?.Index ?? throw new GpuDeviceNotFoundException(
            $"No GPU is called '{nameOrIndex}': expected "
            + $"{string.Join(", ", devices.Select(device => $"{device.Index} ({device.Name})"))}.");
    }

    internal void CountAllocated(long bytes) => Interlocked.Add(ref allocatedBytes, bytes);

    /// <summary>Closes the device. Dispose its models first.</summary>
    public void Dispose()
    {
        Accelerator.Dispose();
        context.Dispose();
    }

    /// <summary>A context that found no GPU falls back to the CPU accelerator; an NVIDIA card is not listed twice.</summary>
    static IEnumerable<Device> Gpus(Context context)
    {
        IEnumerable<Device> cuda = context.Devices.Where(device => device is CudaDevice);
        return [.. cuda, .. context.Devices.Where(device => device is CLDevice && cuda.All(other => other.Name != device.Name))];
    }

    static GpuDevice Describe(Device device, int index) =>
        new(index, device.Name, device is CudaDevice ? GpuDeviceKind.Cuda : GpuDeviceKind.OpenCL, device.MemorySize);
}
