using ILGPU;
using ILGPU.Runtime;

namespace Speculative;

/// <summary>
/// Rounds weights to the CPU engine's int8 or int4 panels on the device, once, when a model is loaded: the same bytes as
/// <see cref="Int8Panel"/> and <see cref="Int4Panel"/> store. Portable.
/// </summary>
/// <remarks>
/// Layout: weights [rows, inputs] f32, panels as <see cref="PanelLayout"/> says; the places of outputs that a panel has beyond the matrix
/// are not written. Grid: one thread for 32 inputs of a row, so a byte has one writer. Oracle: the CPU engine's packing, in the tests.
/// </remarks>
sealed class PanelPackKernel
{
    readonly Action<AcceleratorStream, KernelConfig, int, int, ArrayView<float>, ArrayView<byte>> kernel;

    readonly int groupBytes, groupSize;

    /// <summary>Compiles the kernel for a format.</summary>
    /// <param name="accelerator">Any accelerator.</param>
    /// <param name="format">The panels' format.</param>
    public PanelPackKernel(Accelerator accelerator, QuantizedFormat format)
    {
        bool isInt8 = format == QuantizedFormat.Int8;
        kernel = accelerator.LoadKernel<int, int, ArrayView<float>, ArrayView<byte>>(isInt8 ? RunInt8 : RunInt4);
        groupBytes = isInt8 ? default(Int8PanelWeights).GroupBytes : default(Int4PanelWeights).GroupBytes;
        groupSize = GroupSize.AtMost(128, accelerator);
    }

    /// <summary>Packs some rows.</summary>
    /// <param name="stream">The stream to launch on.</param>
    /// <param name="rows">The rows; at least 1.</param>
    /// <param name="inputs">The length of a row; at least 1.</param>
    /// <param name="weights">The rows; [rows, inputs].</param>
    /// <param name="firstOutput">The output of the panels that the first row is.</param>
    /// <param name="panels">The panels, up to the last row's at least; [panels, groups, bytes of a group].</param>
    /// <exception cref="ArgumentException">A view is too short.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A size is out of range.</exception>
    public void Launch(
        AcceleratorStream stream, int rows, int inputs, ArrayView<float> weights, int firstOutput, ArrayView<byte> panels)
    {
        KernelGuard.ThrowIfOutside(rows, 1, int.MaxValue);
        KernelGuard.ThrowIfOutside(inputs, 1, int.MaxValue - PanelLayout.Group);
        KernelGuard.ThrowIfOutside(firstOutput, 0, int.MaxValue - PanelLayout.Panel - rows);
        long count = (long)rows * PanelLayout.Groups(inputs);
        KernelGuard.ThrowIfShorter(weights, (long)rows * inputs, "rows x inputs");
        KernelGuard.ThrowIfShorter(
            panels, (long)PanelLayout.Panels(firstOutput + rows) * PanelLayout.Groups(inputs) * groupBytes,
            "panels x groups x bytes of a group");
        KernelConfig groups = ((int)((count - 1) / groupSize + 1), groupSize);
        kernel(stream, groups, inputs, firstOutput, weights.SubView(0, (long)rows * inputs), panels);
    }

    [KernelEntry(groupSize: 128, maxRegisters: 64)]
    static void RunInt8(int inputs, int firstOutput, ArrayView<float> weights, ArrayView<byte> panels) =>
        Pack<Int8PanelWeights>(inputs, firstOutput, weights, panels);

    [KernelEntry(groupSize: 128, maxRegisters: 64)]
    static void RunInt4(int inputs, int firstOutput, ArrayView<float> weights, ArrayView<byte> panels) =>
        Pack<Int4PanelWeights>(inputs, firstOutput, weights, panels);

    static void Pack<TWeights>(int inputs, int firstOutput, ArrayView<float> weights, ArrayView<byte> panels)
        where TWeights : struct, IPanelWeights
    {
        long index = (long)Grid.IdxX * Group.DimX + Group.IdxX;
        int groups = (inputs + PanelLayout.Group - 1) / PanelLayout.Group, group = (int)(index % groups);
        long row = index / groups, first = row * inputs + group * PanelLayout.Group;
        if (first >= weights.Length)
            return;
        long output = firstOutput + row;
        default(TWeights).Pack(
            weights.SubView(first, Math.Min(PanelLayout.Group, inputs - group * PanelLayout.Group)), panels,
            (output / PanelLayout.Panel * groups + group) * default(TWeights).GroupBytes, (int)(output % PanelLayout.Panel));
    }
}
