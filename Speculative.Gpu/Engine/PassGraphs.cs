using ILGPU.Runtime.Cuda;

namespace Speculative;

/// <summary>
/// Passes that were met before, as CUDA graphs: one call of the driver in place of one for each launch. A pass is launched as it is when
/// it is first met, recorded the second time, and from then on runs from its record. Where the driver refuses, passes are launched as
/// they are.
/// </summary>
/// <param name="stream">The stream of all passes.</param>
sealed class PassGraphs(CudaStream stream) : IDisposable
{
    /// <summary>The most passes that are remembered.</summary>
    internal const int Capacity = 128;

    /// <summary>After so many passes without it, a remembered one makes room.</summary>
    internal const int Patience = 4 * Capacity;

    readonly Dictionary<PassKey, Pass> known = [];

    /// <summary>The passes so far.</summary>
    public long Passes { get; private set; }

    /// <summary>The passes that ran from a record.</summary>
    public long Launched { get; private set; }

    /// <summary>What the driver refused, after which nothing is recorded; null for nothing.</summary>
    public string? Refusal { get; private set; }

    /// <summary>Runs a pass from its record.</summary>
    /// <returns>Whether there is one, and it ran; if not, nothing did.</returns>
    public bool TryLaunch(in PassKey key)
    {
        Passes++;
        if (Refusal is not null || !known.TryGetValue(key, out Pass? pass) || pass.Executable == 0)
            return false;
        pass.LastMet = Passes;
        return TryRun(pass);
    }

    /// <summary>Begins to record a pass that was met before: what is launched until <see cref="TryEnd"/> does not run yet.</summary>
    /// <returns>Whether it does; otherwise the launches run.</returns>
    public bool TryBegin(in PassKey key)
    {
        if (Refusal is not null)
            return false;
        if (!known.TryGetValue(key, out Pass? pass))
        {
            Remember(key);
            return false;
        }
        pass.LastMet = Passes;
        return Accepts("cuStreamBeginCapture", CudaGraphApi.BeginCapture(stream.StreamPtr, CudaGraphApi.ThreadLocal));
    }

    /// <summary>Ends the record and runs it.</summary>
    /// <returns>Whether it ran; if not, nothing did.</returns>
    public bool TryEnd(in PassKey key)
    {
        if (!Accepts("cuStreamEndCapture", CudaGraphApi.EndCapture(stream.StreamPtr, out nint graph)))
            return false;
        int instantiated = CudaGraphApi.Instantiate(out nint executable, graph, 0);
        _ = CudaGraphApi.Destroy(graph);
        if (!Accepts("cuGraphInstantiate", instantiated))
            return false;
        Pass pass = known[key];
        pass.Executable = executable;
        return TryRun(pass);
    }

    /// <summary>Drops a record that could not be finished, and records no more.</summary>
    public void Abandon()
    {
        Refusal ??= "a pass failed while it was recorded";
        if (CudaGraphApi.EndCapture(stream.StreamPtr, out nint graph) == 0)
            _ = CudaGraphApi.Destroy(graph);
    }

    /// <summary>Drops the records of a cache that is freed; nothing of them may be running.</summary>
    /// <param name="start">Where it begins.</param>
    /// <param name="bytes">Its bytes.</param>
    public void Forget(nint start, long bytes)
    {
        foreach (PassKey key in known.Keys.Where(key => key.Keys >= start && key.Keys < start + bytes).ToArray())
        {
            known[key].Dispose();
            known.Remove(key);
        }
    }

    public void Dispose()
    {
        foreach (Pass pass in known.Values)
            pass.Dispose();
        known.Clear();
    }

    // An error that stays shows again when the pass is launched as it is.
    bool TryRun(Pass pass)
    {
        if (!Accepts("cuGraphLaunch", CudaGraphApi.Launch(pass.Executable, stream.StreamPtr)))
            return false;
        Launched++;
        return true;
    }

    bool Accepts(string function, int result)
    {
        if (result != 0)
            Refusal ??= $"{function} returned {result}";
        return result == 0;
    }

    void Remember(in PassKey key)
    {
        if (known.Count == Capacity)
        {
            (PassKey oldest, long met) = (default, Passes);
            foreach ((PassKey other, Pass pass) in known)
                if (pass.LastMet < met)
                    (oldest, met) = (other, pass.LastMet);
            if (Passes - met < Patience)
                return;
            known[oldest].Dispose();
            known.Remove(oldest);
        }
        known.Add(key, new() { LastMet = Passes });
    }

    sealed class Pass : IDisposable
    {
        public nint Executable { get; set; }

        public long LastMet { get; set; }

        public void Dispose() => _ = Executable != 0 ? CudaGraphApi.DestroyExecutable(Executable) : 0;
    }
}
