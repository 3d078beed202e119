namespace Speculative;

/// <summary>A device that a <see cref="GpuContext"/> can be opened on.</summary>
/// <param name="Index">Its place in <see cref="GpuContext.ListDevices"/>; -1 for the emulation.</param>
/// <param name="Name">What its driver calls it.</param>
/// <param name="Kind">How it is reached.</param>
/// <param name="MemoryBytes">Its memory; what is free of it is known to an opened context.</param>
public sealed record GpuDevice(int Index, string Name, GpuDeviceKind Kind, long MemoryBytes)
{
    /// <summary>The name by which <see cref="GpuContext.Open"/> knows ILGPU's CPU accelerator.</summary>
    public const string EmulationName = "cpu-emulation";
}
