namespace Speculative;

/// <summary>How a <see cref="GpuModel"/> uses its device.</summary>
public sealed record GpuModelOptions
{
    /// <summary>The most nodes that a model can be asked to take, root included.</summary>
    public const int LargestTree = 1025;

    /// <summary>The format of the key/value cache: F32, F16 or BF16. Each is a model of its own: outputs of two formats differ.</summary>
    public ElementType CacheFormat { get; init; } = ElementType.F32;

    /// <summary>
    /// The number format of the matrices: as they are stored, <see cref="Precision.Int8"/> or <see cref="Precision.Int4"/>, the CPU
    /// engine's integers and scales with activations that are not rounded to integers. Each is a model of its own: outputs of two
    /// precisions differ.
    /// </summary>
    public Precision Precision { get; init; }

    /// <summary>
    /// The most nodes of a tree, root included: 1 to <see cref="LargestTree"/>. The default fills the row tiles of the kernels; no such
    /// tree is deeper than <see cref="MaxTreeDepth"/> allows.
    /// </summary>
    public int MaxTreeNodes { get; init; } = 64;

    /// <summary>
    /// The deepest tree that branches, the root's depth being 0; at least 0. Chains may have any length. Up to 64, attention runs on tensor
    /// cores where the device has them, heads have 64 or 128 elements and the cache 16 bits; above 64 it is the portable one, whose outputs
    /// differ in the last bits. Deeper trees are refused.
    /// </summary>
    public int MaxTreeDepth { get; init; } = AttentionSplits.MaxDepth;

    /// <summary>
    /// Whether a pass that is met again runs from a record (a CUDA graph), which takes one call of the driver in place of one for each
    /// kernel. Outputs are the same. Devices other than CUDA's have no records.
    /// </summary>
    public bool RecordsPasses { get; init; } = true;

    /// <summary>
    /// The tokens, those of all sequences together, that must fit beside the weights when the model is opened; at least 1. Caches grow
    /// beyond it while there is memory.
    /// </summary>
    public int PlannedContextLength { get; init; } = 4096;
}
