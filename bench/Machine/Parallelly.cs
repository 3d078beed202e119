using System.Diagnostics;

namespace Speculative.Bench.Machine;

/// <summary>Times the same work on several threads at once.</summary>
static class Parallelly
{
    /// <summary>
    /// From the first thread's start to the last one's end, on their own clocks: whoever waits for them may be held up by them.
    /// </summary>
    public static TimeSpan Run(int threads, Action<int> work)
    {
        long[] began = new long[threads], ended = new long[threads];
        using Barrier start = new(threads);
        Thread[] workers = [.. Enumerable.Range(0, threads).Select(worker => new Thread(() =>
        {
            start.SignalAndWait();
            began[worker] = Stopwatch.GetTimestamp();
            work(worker);
            ended[worker] = Stopwatch.GetTimestamp();
        }) { IsBackground = true })];
        Array.ForEach(workers, worker => worker.Start());
        Array.ForEach(workers, worker => worker.Join());
        return Stopwatch.GetElapsedTime(began.Min(), ended.Max());
    }
}
