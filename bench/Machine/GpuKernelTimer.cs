using System.Diagnostics;
using ILGPU.Runtime;
using ILGPU.Runtime.OpenCL;

namespace Speculative.Bench.Machine;

/// <summary>
/// Times launches on the device's own clock: many in a row between two marks in the stream, behind a delay that lets the host queue them
/// all meanwhile. So a small kernel's time is its own and not that of the host that launches it. On OpenCL, or where the context was not
/// opened for it, time is the host's, between two waits for the device.
/// </summary>
sealed class GpuKernelTimer : IDisposable
{
    /// <summary>A driver queues about a thousand launches before it makes the host wait.</summary>
    const int MostLaunches = 256;

    const int DelayTurns = 1 << 18; // about a millisecond
    const double MostDelay = 0.02;

    readonly AcceleratorStream stream;
    readonly bool marks;
    readonly int rounds;
    readonly double roundSeconds, turnsPerSecond;
    readonly DelayKernel delay;
    readonly DeviceBuffer number;

    /// <summary>Measures how long a delay takes.</summary>
    /// <param name="context">The device.</param>
    /// <param name="stream">The stream that is launched on.</param>
    public GpuKernelTimer(GpuContext context, AcceleratorStream stream)
    {
        this.stream = stream;
        Accelerator accelerator = context.Accelerator;
        accelerator.Bind();
        marks = accelerator is not CLAccelerator && accelerator.Context.Properties.EnableProfiling;
        // The emulation's times mean nothing: it has but to run.
        (rounds, roundSeconds) = context.Device.Kind == GpuDeviceKind.CpuEmulation ? (1, 0.002) : (9, 0.02);
        delay = new(accelerator);
        number = new(context, sizeof(float), "A delay");
        number.Bytes.MemSetToZero(stream);
        Round(Delay, 1, 0); // warms up
        turnsPerSecond = DelayTurns / Round(Delay, 1, 0).Seconds;

        void Delay(int launch) => delay.Launch(stream, DelayTurns, number.Singles);
    }

    /// <summary>The lower quartile of the seconds of one launch.</summary>
    /// <param name="launch">Launches once; its argument counts, so that it can take turns among inputs that no cache holds
    /// together.</param>
    /// <param name="cancellationToken">Ends the measurement.</param>
    public double Time(Action<int> launch, CancellationToken cancellationToken)
    {
        Round(launch, 1, 0); // warms up
        (double once, double queued) = Round(launch, 1, 0);
        int launches = (int)Math.Clamp(roundSeconds / once, 1, MostLaunches);
        double ahead = 0;
        double[] seconds = new double[rounds];
        for (int round = 0; round < rounds; round++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ahead = Math.Max(ahead, 2 * queued * launches);
            (seconds[round], queued) = Round(launch, launches, ahead);
        }
        Array.Sort(seconds);
        return seconds[rounds / 4];
    }

    /// <summary>Frees the delay; the stream is the caller's.</summary>
    public void Dispose() => number.Dispose();

    /// <summary>Seconds of a launch on the device, and those that the host took to queue it.</summary>
    (double Seconds, double Queued) Round(Action<int> launch, int launches, double ahead)
    {
        stream.Synchronize();
        if (marks && ahead > 0)
            delay.Launch(stream, (int)Math.Max(1, Math.Min(ahead, MostDelay) * turnsPerSecond), number.Singles);
        long start = Stopwatch.GetTimestamp();
        using ProfilingMarker? first = marks ? stream.AddProfilingMarker() : null;
        for (int i = 0; i < launches; i++)
            launch(i);
        using ProfilingMarker? last = marks ? stream.AddProfilingMarker() : null;
        double queued = Stopwatch.GetElapsedTime(start).TotalSeconds;
        stream.Synchronize();
        TimeSpan taken = first is null ? Stopwatch.GetElapsedTime(start) : last!.MeasureFrom(first);
        return (taken.TotalSeconds / launches, queued / launches);
    }
}
