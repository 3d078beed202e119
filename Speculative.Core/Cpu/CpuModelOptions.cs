namespace Speculative;

/// <summary>How a <see cref="CpuModel"/> uses the machine.</summary>
public sealed record CpuModelOptions
{
    /// <summary>Threads that compute, the caller's included: 1 to 1024, or 0 for the number of processors. Results do not depend on it.</summary>
    public int Threads { get; init; }

    /// <summary>The number format of the matrices. Each is a model of its own: outputs of two precisions differ.</summary>
    public Precision Precision { get; init; }

    /// <summary>The number format of the key/value cache; outputs of two formats differ.</summary>
    public CacheFormat CacheFormat { get; init; }
}
