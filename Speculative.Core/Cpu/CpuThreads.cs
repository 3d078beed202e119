namespace Speculative;

/// <summary>
/// Threads that several models compute with, one pass at a time. For models that take turns anyway, such as a target and its draft model:
/// with threads of their own, those of the one would still look for work, on the processors that the other's need to wake up on.
/// </summary>
/// <remarks>Thread-safe. Dispose it after the models.</remarks>
public sealed class CpuThreads : IDisposable
{
    /// <summary>Starts the threads.</summary>
    /// <param name="count">
    /// Threads that compute, the caller's included: 1 to <see cref="CpuModelOptions.MaxThreads"/>, or 0 for the number of processors.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is out of range.</exception>
    public CpuThreads(int count = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, CpuModelOptions.MaxThreads);
        Pool = new(count == 0 ? Environment.ProcessorCount : count);
    }

    /// <summary>Threads that compute, the caller's included.</summary>
    public int Count => Pool.Threads;

    internal WorkerPool Pool { get; }

    /// <summary>Ends the threads.</summary>
    public void Dispose() => Pool.Dispose();
}
