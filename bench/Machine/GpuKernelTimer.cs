using System.Diagnostics;
using ILGPU.Runtime;

namespace Speculative.Bench.Machine;

/// <summary>Times launches: many in a row between two waits for the device, so that the gaps between launches stay out of the
/// numbers.</summary>
sealed class GpuKernelTimer(AcceleratorStream stream, int rounds)
{
    const double RoundSeconds = 0.02;
    const int MostLaunches = 256;

    /// <summary>The lower quartile of the seconds of one launch.</summary>
    /// <param name="launch">Launches once; its argument counts, so that it can take turns among inputs that no cache holds
    /// together.</param>
    /// <param name="cancellationToken">Ends the measurement.</param>
    public double Time(Action<int> launch, CancellationToken cancellationToken)
    {
        Round(launch, 1); // warms up
        int launches = (int)Math.Clamp(RoundSeconds / Round(launch, 1), 1, MostLaunches);
        double[] seconds = new double[rounds];
        for (int round = 0; round < rounds; round++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            seconds[round] = Round(launch, launches);
        }
        Array.Sort(seconds);
        return seconds[rounds / 4];
    }

    double Round(Action<int> launch, int launches)
    {
        stream.Synchronize();
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < launches; i++)
            launch(i);
        stream.Synchronize();
        return Stopwatch.GetElapsedTime(start).TotalSeconds / launches;
    }
}
