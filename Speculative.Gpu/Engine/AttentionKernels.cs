using ILGPU.Runtime;

namespace Speculative;

/// <summary>The tensor-core attention of one head size and cache format.</summary>
/// <param name="Blocks">The committed blocks before the tails.</param>
/// <param name="Tail">The tails, and the sum of both.</param>
/// <param name="Subtrees">The same for trees that are laid out depth first.</param>
sealed record AttentionKernels(BlockAttentionKernel Blocks, TailAttentionKernel Tail, SubtreeAttentionKernel Subtrees)
{
    /// <summary>Compiles them.</summary>
    /// <exception cref="NotSupportedException">The accelerator, head size or format has no such kernels.</exception>
    public static AttentionKernels Compile(Accelerator accelerator, int headDim, ElementType format) =>
        new(new(accelerator, headDim, format), new(accelerator, format), new(accelerator, format));
}
