using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace Speculative;

/// <summary>
/// Threads of one model, or of several. A dispatch costs no allocation: threads that spin notice it at once, threads that sleep are woken,
/// and the caller works along. Each thread has a share of neighbouring tiles, so that it reads memory in one stream, and helps with the
/// others' when it is done with its own: one that the system holds up delays a pass by one tile at most.
/// </summary>
/// <remarks>One dispatch at a time: models lock <see cref="Turn"/> for a pass.</remarks>
sealed class WorkerPool : IDisposable
{
    /// <summary>
    /// Looks at the ticket before a worker goes to sleep: some 50 microseconds, the gaps between the dispatches of a pass.
    /// </summary>
    const int SpinRounds = 1000;

    readonly Thread[] workers;
    readonly Share[] shares;
    readonly object gate = new();
    ITiledJob job = null!;
    int completed, dispatches, sleepers;
    Exception? fault;
    bool stopping;

    /// <summary>Starts the threads; the caller of <see cref="Run"/> is one of them.</summary>
    public WorkerPool(int threads)
    {
        Threads = threads;
        shares = new Share[threads];
        workers = new Thread[threads - 1];
        for (int i = 0; i < workers.Length; i++)
        {
            int worker = i + 1;
            workers[i] = new(() => Work(worker)) { IsBackground = true, Name = $"Speculative worker {worker}" };
            workers[i].Start();
        }
    }

    public int Threads { get; }

    /// <summary>Held during a pass.</summary>
    public Lock Turn { get; } = new();

    /// <summary>
    /// Runs all tiles of a job and returns when the last is done. What a tile throws, on whatever thread, is thrown here after that.
    /// </summary>
    public void Run(ITiledJob job, int tileCount)
    {
        if (workers.Length == 0 || tileCount == 1)
        {
            RunAlone(job, tileCount);
            return;
        }
        this.job = job;
        Volatile.Write(ref completed, 0);
        for (int worker = 0, start = 0; worker < Threads; worker++)
        {
            int end = (int)((long)tileCount * (worker + 1) / Threads);
            shares[worker].End = end;
            Volatile.Write(ref shares[worker].Tickets, end - start);
            start = end;
        }
        Interlocked.Increment(ref dispatches);
        if (Volatile.Read(ref sleepers) > 0)
            Wake();
        TakeTiles(0);
        SpinWait wait = default;
        while (Volatile.Read(ref completed) < tileCount)
            wait.SpinOnce(-1);
        if (Interlocked.Exchange(ref fault, null) is { } thrown)
            ExceptionDispatchInfo.Throw(thrown);
    }

    /// <summary>Runs all tiles of a job that is smaller than a dispatch, on the caller's thread.</summary>
    public static void RunAlone(ITiledJob job, int tileCount)
    {
        for (int tile = 0; tile < tileCount; tile++)
            job.RunTile(tile, 0);
    }

    /// <summary>Ends the threads and waits for them.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            stopping = true;
            Monitor.PulseAll(gate);
        }
        foreach (Thread worker in workers)
            worker.Join();
    }

    void Wake()
    {
        lock (gate)
            Monitor.PulseAll(gate);
    }

    void Work(int worker)
    {
        int seen = 0;
        while (WaitForDispatch(ref seen))
            TakeTiles(worker);
    }

    /// <summary>The thread's own share first, then those of the threads after it.</summary>
    void TakeTiles(int worker)
    {
        int done = 0;
        for (int i = 0; i < Threads; i++)
            done += TakeTiles(ref shares[(worker + i) % Threads], worker);
        if (done > 0)
            Interlocked.Add(ref completed, done);
    }

    /// <summary>
    /// A ticket that is not negative names a tile of the present dispatch, which cannot end before that tile is done: whoever comes late
    /// draws a negative ticket, or a valid one of the next dispatch.
    /// </summary>
    int TakeTiles(ref Share share, int worker)
    {
        int done = 0;
        while (Volatile.Read(ref share.Tickets) > 0)
        {
            int ticket = Interlocked.Decrement(ref share.Tickets);
            if (ticket < 0)
                break;
            RunTile(share.End - 1 - ticket, worker);
            done++;
        }
        return done;
    }

    /// <summary>A tile that fails, for want of memory, is done like any other: the dispatch ends, its caller hears of it.</summary>
    void RunTile(int tile, int worker)
    {
        try
        {
            job.RunTile(tile, worker);
        }
#pragma warning disable CA1031 // it is thrown again where the job was started
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Interlocked.CompareExchange(ref fault, exception, null);
        }
    }

    bool WaitForDispatch(ref int seen)
    {
        for (int round = 0; round < SpinRounds; round++)
        {
            if (Volatile.Read(ref dispatches) != seen || Volatile.Read(ref stopping))
                break;
            Thread.SpinWait(4);
        }
        if (Volatile.Read(ref dispatches) == seen)
            Sleep(seen);
        seen = Volatile.Read(ref dispatches);
        return !Volatile.Read(ref stopping);
    }

    /// <summary>
    /// The sleeper counts itself before it looks, the caller dispatches before it counts sleepers: one of the two sees the other.
    /// </summary>
    void Sleep(int seen)
    {
        lock (gate)
        {
            Interlocked.Increment(ref sleepers);
            while (Volatile.Read(ref dispatches) == seen && !stopping)
                Monitor.Wait(gate);
            Interlocked.Decrement(ref sleepers);
        }
    }

    /// <summary>A thread's tiles of a dispatch, on cache lines of their own: those not yet taken are the last before the end.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 128)]
    struct Share
    {
        public int Tickets, End;
    }
}
