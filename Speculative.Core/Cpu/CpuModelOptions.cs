namespace Speculative;

/// <summary>How a <see cref="CpuModel"/> uses the machine. Results do not depend on it.</summary>
public sealed record CpuModelOptions
{
    /// <summary>Threads that compute, the caller's included: 1 to 1024, or 0 for the number of processors.</summary>
    public int Threads { get; init; }
}
