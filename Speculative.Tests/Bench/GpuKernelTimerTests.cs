using System.Diagnostics;
using ILGPU.Runtime;
using Speculative.Bench.Machine;

namespace Speculative.Tests;

public sealed class GpuKernelTimerTests
{
    /// <summary>Where a context has no marks, the host's clock takes their place.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Time_CountsLaunches_OnAContextWithAndWithoutMarks(bool timed)
    {
        using GpuContext context = timed ? GpuContext.OpenTimed(GpuDevice.EmulationName) : GpuContext.Open(GpuDevice.EmulationName);
        Assert.Equal(timed, context.Accelerator.Context.Properties.EnableProfiling);
        using AcceleratorStream stream = context.Accelerator.CreateStream();
        using GpuKernelTimer timer = new(context, stream);
        List<int> launches = [];
        double seconds = timer.Time(
            launch =>
            {
                launches.Add(launch);
                long start = Stopwatch.GetTimestamp();
                while (Stopwatch.GetElapsedTime(start).TotalMilliseconds < 1) // never less, as a wait's timeout may be
                    Thread.SpinWait(10);
            },
            TestContext.Current.CancellationToken);
        Assert.InRange(seconds, 0.0009, 10);
        Assert.Equal([0, 0, 0], launches[..3]); // two that are not counted, then a round
    }

    [Fact]
    public void Delay_TakesItsTurns()
    {
        using GpuContext context = GpuContext.Open(GpuDevice.EmulationName);
        using AcceleratorStream stream = context.Accelerator.CreateStream();
        using DeviceBuffer number = new(context, sizeof(float), "A number");
        float[] turned = [1];
        number.Singles.SubView(0, 1).CopyFromCPU(turned);
        new DelayKernel(context.Accelerator).Launch(stream, 3, number.Singles);
        stream.Synchronize();
        number.Singles.SubView(0, 1).CopyToCPU(turned);
        Assert.Equal(2 - 1 / 8f, turned[0]);
    }
}
