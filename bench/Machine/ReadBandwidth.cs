using System.Diagnostics;
using System.Numerics;

namespace Speculative.Bench.Machine;

/// <summary>
/// How fast this machine reads memory: the floor under the time of a pass over weights that no cache holds. It reads as the engine reads:
/// the same threads, a stream each, from memory that was taken in the same way.
/// </summary>
sealed unsafe class ReadBandwidth : ITiledJob, IDisposable
{
    const long MaxBytes = 256L << 20;
    const int TilesPerThread = 8;

    readonly WorkerPool pool;
    readonly WeightArena arena = new();
    readonly byte* memory;
    readonly long tileBytes;
    readonly double[] sums;
    readonly int tiles;

    /// <summary>Takes memory, a quarter of the machine's at most.</summary>
    /// <param name="threads">At least 1.</param>
    public ReadBandwidth(int threads)
    {
        pool = new(threads);
        tiles = threads * TilesPerThread;
        tileBytes = Math.Min(MaxBytes, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4) / tiles / 4096 * 4096;
        sums = new double[tiles];
        memory = arena.Allocate(tileBytes * tiles);
        for (long at = 0; at < tileBytes * tiles; at += 64)
            *(float*)(memory + at) = at / 64 + 1; // every line differs: equal pages may be one page, and come from the cache
    }

    /// <summary>Reads all of the memory once.</summary>
    /// <returns>Bytes a second.</returns>
    public double Pass()
    {
        long start = Stopwatch.GetTimestamp();
        pool.Run(this, tiles);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return sums.Sum() > 0 ? tileBytes * tiles / seconds : throw new InvalidOperationException("The sum is not positive.");
    }

    /// <summary>The median of several passes, bytes a second.</summary>
    /// <param name="threads">At least 1.</param>
    /// <param name="cancellationToken">Ends the measurement.</param>
    /// <exception cref="OperationCanceledException">The measurement was cancelled.</exception>
    public static double Measure(int threads, CancellationToken cancellationToken = default)
    {
        using ReadBandwidth bandwidth = new(threads);
        return RateShare.Measure(bandwidth.Pass, bandwidth.Pass, cancellationToken).Floor;
    }

    void ITiledJob.RunTile(int tile, int worker)
    {
        Vector<float> sum0 = default, sum1 = default, sum2 = default, sum3 = default; // side by side: no addition waits for another
        int step = 4 * Vector<float>.Count;
        float* from = (float*)(memory + tile * tileBytes), end = (float*)((byte*)from + tileBytes);
        for (; from < end; from += step)
        {
            sum0 += Vector.Load(from);
            sum1 += Vector.Load(from + Vector<float>.Count);
            sum2 += Vector.Load(from + 2 * Vector<float>.Count);
            sum3 += Vector.Load(from + 3 * Vector<float>.Count);
        }
        sums[tile] = Vector.Sum(sum0 + sum1 + (sum2 + sum3));
    }

    /// <summary>Frees the memory and ends the threads.</summary>
    public void Dispose()
    {
        pool.Dispose();
        arena.Dispose();
    }
}
