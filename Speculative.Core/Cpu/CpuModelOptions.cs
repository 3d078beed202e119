namespace Speculative;

/// <summary>How a <see cref="CpuModel"/> uses the machine.</summary>
public sealed record CpuModelOptions
{
    /// <summary>The most threads of an engine.</summary>
    public const int MaxThreads = 1024;

    /// <summary>
    /// Threads that compute, the caller's included: 1 to <see cref="MaxThreads"/>, or 0 for the number of processors. Results do not depend
    /// on it.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public int Threads
    {
        get;
        init => field = value is >= 0 and <= MaxThreads ? value
            : throw new ArgumentOutOfRangeException(
                nameof(Threads), value, $"Expected 1 to {MaxThreads} threads, or 0 for the processors.");
    }

    /// <summary>
    /// Threads that the model shares with others, instead of <see cref="Threads"/> of its own; the caller disposes them after it.
    /// </summary>
    public CpuThreads? SharedThreads { get; init; }

    /// <summary>The number format of the matrices. Each is a model of its own: outputs of two precisions differ.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not one of the formats.</exception>
    public Precision Precision
    {
        get;
        init => field = Enum.IsDefined(value) ? value
            : throw new ArgumentOutOfRangeException(nameof(Precision), value, "Expected AsStored, StoredPanels, F32, BF16, Int8 or Int4.");
    }

    /// <summary>The number format of the key/value cache; outputs of two formats differ.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not one of the formats.</exception>
    public CacheFormat CacheFormat
    {
        get;
        init => field = Enum.IsDefined(value) ? value
            : throw new ArgumentOutOfRangeException(nameof(CacheFormat), value, "Expected F32, BF16 or Int8.");
    }
}
