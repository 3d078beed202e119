namespace Speculative;

/// <summary>
/// Marks the device entry point of a kernel. The tests find every kernel by it, compile it to PTX and, where NVIDIA's assembler is present,
/// hold the machine code to what stands here: never a spill or a stack frame, no more registers than the wanted occupancy allows, and the
/// instructions that the kernel exists to reach.
/// </summary>
/// <param name="groupSize">The threads of a group as the kernel is launched on CUDA.</param>
/// <param name="maxRegisters">The most registers a thread may take: 65536 / (threads wanted resident on a multiprocessor), at most
/// 255.</param>
[AttributeUsage(AttributeTargets.Method)]
sealed class KernelEntryAttribute(int groupSize, int maxRegisters) : Attribute
{
    /// <summary>The threads of a group as the kernel is launched on CUDA.</summary>
    public int GroupSize { get; } = groupSize;

    /// <summary>The most registers a thread may take.</summary>
    public int MaxRegisters { get; } = maxRegisters;

    /// <summary>Machine instructions that must appear in the assembled kernel, for instance <c>HMMA</c>; empty for portable
    /// kernels.</summary>
    public string[] Instructions { get; init; } = [];
}
