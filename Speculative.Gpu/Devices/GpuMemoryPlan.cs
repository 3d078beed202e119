namespace Speculative;

/// <summary>What a <see cref="GpuModel"/> will take of a device's memory, known before anything is taken.</summary>
/// <param name="WeightBytes">The weights, where tensor cores read them in an order of their own: the tied embedding counts twice
/// then.</param>
/// <param name="WorkspaceBytes">The activations of a pass, logits and tables.</param>
/// <param name="CacheBytes">Keys and values of <paramref name="ContextLength"/> tokens.</param>
/// <param name="ContextLength">The tokens of all sequences together that are planned for.</param>
public sealed record GpuMemoryPlan(long WeightBytes, long WorkspaceBytes, long CacheBytes, int ContextLength)
{
    /// <summary>All of it.</summary>
    public long NeededBytes => WeightBytes + WorkspaceBytes + CacheBytes;

    /// <summary>Plans a model.</summary>
    /// <param name="config">Its sizes.</param>
    /// <param name="stored">The stored format of its matrices.</param>
    /// <param name="options">Its options; null for the defaults.</param>
    /// <returns>The plan; nothing is taken.</returns>
    public static GpuMemoryPlan For(ModelConfig config, ElementType stored, GpuModelOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        options ??= new();
        int length = Math.Min(options.PlannedContextLength, config.MaxContextLength);
        long workspace = Workspace.Bytes(config) + TensorAttention.Bytes(config, options, length);
        long weights = GpuWeights.Bytes(config, stored, options.Precision);
        return new(weights, workspace, GpuCache.Bytes(config, options.CacheFormat, length), length);
    }

    /// <summary>The plan in one sentence.</summary>
    public string Describe() => $"The model needs {Megabytes(NeededBytes)} on the device: weights {Megabytes(WeightBytes)}, cache "
        + $"{Megabytes(CacheBytes)} for {ContextLength} tokens, work space {Megabytes(WorkspaceBytes)}";

    /// <summary>Throws where the plan does not fit.</summary>
    /// <param name="freeBytes">The device's free memory.</param>
    /// <exception cref="GpuMemoryException">More is needed.</exception>
    public void ThrowIfAbove(long freeBytes)
    {
        if (NeededBytes <= freeBytes)
            return;
        long left = freeBytes - WeightBytes - WorkspaceBytes;
        string advice = left < 0
            ? "take a smaller model, stored weights of 16 bits or a device with more memory"
            : $"plan for a shorter context, at most {ContextLength * left / CacheBytes} tokens, or take a cache of 16 bits";
        throw new GpuMemoryException($"{Describe()}; {Megabytes(freeBytes)} are free: {advice}.");
    }

    internal static string Megabytes(long bytes) => FormattableString.Invariant($"{Math.Ceiling(bytes / 1e6):0} MB");
}
