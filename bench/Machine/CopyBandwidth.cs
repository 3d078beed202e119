using System.Diagnostics;
using ILGPU;
using ILGPU.Runtime;

namespace Speculative.Bench.Machine;

/// <summary>How fast a device copies its memory, bytes read and bytes written together: what all its other speeds are measured
/// against.</summary>
static class CopyBandwidth
{
    const long LargestBytes = 2L << 30, EmulatedBytes = 8L << 20;
    const int Copies = 10, Rounds = 7;

    /// <summary>The best of several rounds of copies.</summary>
    /// <returns>Bytes a second.</returns>
    public static double Measure(GpuContext context, CancellationToken cancellationToken)
    {
        long bytes = context.Device.Kind == GpuDeviceKind.CpuEmulation
            ? EmulatedBytes : Math.Min(LargestBytes, context.FreeMemoryBytes / 4 / 4096 * 4096);
        Accelerator accelerator = context.Accelerator;
        accelerator.Bind();
        using AcceleratorStream stream = accelerator.CreateStream();
        using DeviceBuffer source = new(context, bytes, "The bandwidth's source"), target = new(context, bytes, "The bandwidth's target");
        ArrayView<byte> from = source.Bytes, to = target.Bytes;
        context.Kernels.RandomFill.Launch(stream, new(from, ElementType.F32), new("copied", 1, 1), 0, ElementType.F32);
        double best = double.PositiveInfinity;
        for (int round = 0; round < Rounds; round++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            stream.Synchronize();
            long start = Stopwatch.GetTimestamp();
            for (int copy = 0; copy < Copies; copy++)
                from.CopyTo(stream, to);
            stream.Synchronize();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds / Copies);
        }
        return 2 * bytes / best;
    }
}
