namespace Speculative;

/// <summary>How a <see cref="GpuModel"/> uses its device.</summary>
public sealed record GpuModelOptions
{
    /// <summary>The format of the key/value cache: F32, F16 or BF16. Each is a model of its own: outputs of two formats differ.</summary>
    public ElementType CacheFormat { get; init; } = ElementType.F32;

    /// <summary>
    /// The tokens, those of all sequences together, that must fit beside the weights when the model is opened; at least 1. Caches grow
    /// beyond it while there is memory.
    /// </summary>
    public int PlannedContextLength { get; init; } = 4096;
}
