using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Speculative.Bench.Machine;

/// <summary>How fast this machine reads memory: the floor under the time of a pass over weights that no cache holds.</summary>
static class ReadBandwidth
{
    const long MaxBytes = 256L << 20;

    /// <summary>
    /// Sums a large array with as many threads as the engine uses; the lower quartile of the times of several passes, as passes of a model
    /// are measured.
    /// </summary>
    /// <param name="threads">At least 1.</param>
    /// <param name="cancellationToken">Ends the measurement.</param>
    /// <returns>Bytes a second.</returns>
    /// <exception cref="OperationCanceledException">The measurement was cancelled.</exception>
    public static double Measure(int threads, CancellationToken cancellationToken = default)
    {
        const int passes = 12;
        // A quarter of the memory at most, in whole cache lines a thread.
        long bytes = Math.Min(MaxBytes, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4);
        float[] values = new float[bytes / (64L * threads) * (64L * threads) / sizeof(float)];
        for (int i = 0; i < values.Length; i += 16)
            values[i] = i + 1; // every line differs: equal pages may be one page, and come from the cache
        TimeSpan[] times = new TimeSpan[passes];
        for (int pass = 0; pass < passes; pass++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            times[pass] = Pass(values, threads);
        }
        Array.Sort(times);
        return values.Length * sizeof(float) / times[passes / 4].TotalSeconds;
    }

    static TimeSpan Pass(float[] values, int threads)
    {
        int length = values.Length / threads;
        float[] sums = new float[threads];
        TimeSpan time = Parallelly.Run(threads, worker => sums[worker] = Sum(values.AsSpan(worker * length, length)));
        return sums.Sum() > 0 ? time : throw new InvalidOperationException("The sum is not positive.");
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static float Sum(ReadOnlySpan<float> values)
    {
        ReadOnlySpan<Vector<float>> vectors = MemoryMarshal.Cast<float, Vector<float>>(values);
        // Four sums side by side, so that one addition need not wait for another.
        Vector<float> sum0 = default, sum1 = default, sum2 = default, sum3 = default;
        for (int i = 0; i + 3 < vectors.Length; i += 4)
        {
            sum0 += vectors[i];
            sum1 += vectors[i + 1];
            sum2 += vectors[i + 2];
            sum3 += vectors[i + 3];
        }
        return Vector.Sum(sum0 + sum1 + (sum2 + sum3));
    }
}
