using ILGPU;
using ILGPU.Runtime;

namespace Speculative;

/// <summary>
/// Copies GGUF's Q8_0 or Q4_0 blocks to the CPU engine's int8 or int4 panels on the device, once, when a model is loaded: scales and levels
/// as they are, the same bytes as <see cref="Int8Panel.Copy"/> and <see cref="Int4Panel.Copy"/> store. Portable.
/// </summary>
/// <remarks>
/// Layout: blocks [rows, inputs / 32] as <see cref="ElementType"/> says, panels as <see cref="PanelLayout"/> says; the places of outputs
/// that a panel has beyond the matrix are not written. Grid: one thread a block, so a byte has one writer. Oracle: the CPU engine's copy,
/// in the tests.
/// </remarks>
sealed class PanelCopyKernel
{
    readonly Action<AcceleratorStream, KernelConfig, int, int, ArrayView<byte>, ArrayView<byte>> kernel;

    readonly int groupBytes, groupSize;

    /// <summary>Compiles the kernel for a format.</summary>
    /// <param name="accelerator">Any accelerator.</param>
    /// <param name="format">The panels' format.</param>
    public PanelCopyKernel(Accelerator accelerator, QuantizedFormat format)
    {
        bool isInt8 = format == QuantizedFormat.Int8;
        kernel = accelerator.LoadKernel<int, int, ArrayView<byte>, ArrayView<byte>>(isInt8 ? RunInt8 : RunInt4);
        Blocks = isInt8 ? Int8Panel.Stored : Int4Panel.Stored;
        BlockBytes = isInt8 ? default(Int8PanelWeights).BlockBytes : default(Int4PanelWeights).BlockBytes;
        groupBytes = isInt8 ? default(Int8PanelWeights).GroupBytes : default(Int4PanelWeights).GroupBytes;
        groupSize = GroupSize.AtMost(128, accelerator);
    }

    /// <summary>The stored format that the panels hold as it is.</summary>
    public ElementType Blocks { get; }

    /// <summary>Bytes of a block of 32 weights.</summary>
    public int BlockBytes { get; }

    /// <summary>Copies some rows.</summary>
    /// <param name="stream">The stream to launch on.</param>
    /// <param name="rows">The rows; at least 1.</param>
    /// <param name="inputs">The length of a row; a multiple of 32.</param>
    /// <param name="blocks">The rows; [rows, inputs / 32, <see cref="BlockBytes"/>].</param>
    /// <param name="firstOutput">The output of the panels that the first row is.</param>
    /// <param name="panels">The panels, up to the last row's at least; [panels, groups, bytes of a group].</param>
    /// <exception cref="ArgumentException">A view is too short or a size is no multiple.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A size is out of range.</exception>
    public void Launch(
        AcceleratorStream stream, int rows, int inputs, ArrayView<byte> blocks, int firstOutput, ArrayView<byte> panels)
    {
        KernelGuard.ThrowIfOutside(rows, 1, int.MaxValue);
        KernelGuard.ThrowIfOutside(inputs, PanelLayout.Group, int.MaxValue);
        KernelGuard.ThrowIfNotMultiple(inputs, PanelLayout.Group);
        KernelGuard.ThrowIfOutside(firstOutput, 0, int.MaxValue - PanelLayout.Panel - rows);
        int groups = inputs / PanelLayout.Group;
        long count = (long)rows * groups;
        KernelGuard.ThrowIfShorter(blocks, count * BlockBytes, "rows x inputs / 32 x bytes of a block");
        KernelGuard.ThrowIfShorter(
            panels, (long)PanelLayout.Panels(firstOutput + rows) * groups * groupBytes, "panels x groups x bytes of a group");
        kernel(
            stream, ((int)((count - 1) / groupSize + 1), groupSize), groups, firstOutput, blocks.SubView(0, count * BlockBytes), panels);
    }

    [KernelEntry(groupSize: 128, maxRegisters: 64)]
    static void RunInt8(int groups, int firstOutput, ArrayView<byte> blocks, ArrayView<byte> panels) =>
        Copy<Int8PanelWeights>(groups, firstOutput, blocks, panels);

    [KernelEntry(groupSize: 128, maxRegisters: 64)]
    static void RunInt4(int groups, int firstOutput, ArrayView<byte> blocks, ArrayView<byte> panels) =>
        Copy<Int4PanelWeights>(groups, firstOutput, blocks, panels);

    static void Copy<TWeights>(int groups, int firstOutput, ArrayView<byte> blocks, ArrayView<byte> panels)
        where TWeights : struct, IPanelWeights
    {
        long index = (long)Grid.IdxX * Group.DimX + Group.IdxX;
        if (index * default(TWeights).BlockBytes >= blocks.Length)
            return;
        long output = firstOutput + index / groups, group = output / PanelLayout.Panel * groups + index % groups;
        default(TWeights).Copy(
            blocks.SubView(index * default(TWeights).BlockBytes, default(TWeights).BlockBytes), panels,
            group * default(TWeights).GroupBytes, (int)(output % PanelLayout.Panel));
    }
}
