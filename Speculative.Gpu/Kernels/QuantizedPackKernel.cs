using ILGPU;
using ILGPU.Runtime;

namespace Speculative;

/// <summary>
/// Packs the CPU engine's int8 or int4 panels into the order in which the tensor-core product reads them: once, when a model is loaded. The
/// integers and the scales stay what they are. Portable.
/// </summary>
/// <remarks>
/// Layout: panels as <see cref="PanelLayout"/> says; fragments [outputs / 16, inputs / 64, 2 or 1, 32 lanes] as
/// <see cref="Int8WeightStage"/> and <see cref="Int4WeightStage"/> say, scales [outputs / 16, inputs / 64, 8] as
/// <see cref="GroupScales"/> says. Grid: one thread a fragment; the first eight of a stage write its scales too. Oracle: those definitions,
/// read backwards, in the tests.
/// </remarks>
sealed class QuantizedPackKernel
{
    readonly Action<AcceleratorStream, KernelConfig, int, ArrayView<byte>, ArrayView<Fragment>, ArrayView<ulong>> kernel;

    readonly QuantizedFormat format;

    readonly int groupBytes, groupSize;

    /// <summary>Compiles the kernel for a format.</summary>
    /// <param name="accelerator">Any accelerator.</param>
    /// <param name="format">The panels' format.</param>
    public QuantizedPackKernel(Accelerator accelerator, QuantizedFormat format)
    {
        bool isInt8 = format == QuantizedFormat.Int8;
        kernel = accelerator.LoadKernel<int, ArrayView<byte>, ArrayView<Fragment>, ArrayView<ulong>>(isInt8 ? RunInt8 : RunInt4);
        groupBytes = isInt8 ? default(Int8PanelWeights).GroupBytes : default(Int4PanelWeights).GroupBytes;
        groupSize = GroupSize.AtMost(128, accelerator);
        this.format = format;
    }

    /// <summary>The fragments of a packed matrix.</summary>
    public static long Fragments(QuantizedFormat format, int inputs, int outputs) =>
        (long)outputs * inputs / (format == QuantizedFormat.Int8 ? 16 : 32);

    /// <summary>The elements of a packed matrix's scales.</summary>
    public static long Scales(int inputs, int outputs) => (long)outputs / 16 * (inputs / TensorProductKernel.StageInputs) * 8;

    /// <summary>Packs a matrix.</summary>
    /// <param name="stream">The stream to launch on.</param>
    /// <param name="inputs">The inputs; a multiple of 64.</param>
    /// <param name="outputs">The outputs; a multiple of 16.</param>
    /// <param name="panels">The panels; [panels, groups, bytes of a group].</param>
    /// <param name="fragments">Receives the weights; <see cref="Fragments"/>.</param>
    /// <param name="scales">Receives the scales; <see cref="Scales"/>.</param>
    /// <exception cref="ArgumentException">A view is too short or a size is no multiple.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A size is out of range.</exception>
    public void Launch(
        AcceleratorStream stream, int inputs, int outputs, ArrayView<byte> panels, ArrayView<Fragment> fragments, ArrayView<ulong> scales)
    {
        KernelGuard.ThrowIfOutside(inputs, TensorProductKernel.StageInputs, int.MaxValue);
        KernelGuard.ThrowIfOutside(outputs, 16, int.MaxValue);
        KernelGuard.ThrowIfNotMultiple(inputs, TensorProductKernel.StageInputs);
        KernelGuard.ThrowIfNotMultiple(outputs, 16);
        long count = Fragments(format, inputs, outputs);
        KernelGuard.ThrowIfShorter(
            panels, (long)PanelLayout.Panels(outputs) * PanelLayout.Groups(inputs) * groupBytes, "panels x groups x bytes of a group");
        KernelGuard.ThrowIfShorter(fragments, count, "packed weights");
        KernelGuard.ThrowIfShorter(scales, Scales(inputs, outputs), "packed scales");
        kernel(stream, ((int)((count - 1) / groupSize + 1), groupSize), inputs, panels, fragments.SubView(0, count), scales);
    }

    [KernelEntry(groupSize: 128, maxRegisters: 64)]
    static void RunInt8(int inputs, ArrayView<byte> panels, ArrayView<Fragment> fragments, ArrayView<ulong> scales)
    {
        long index = (long)Grid.IdxX * Group.DimX + Group.IdxX;
        if (index >= fragments.Length)
            return;
        PanelPlace<Int8PanelWeights> place = PanelPlace<Int8PanelWeights>.At(index / 64, (int)(index & 31), inputs);
        int group = (int)(index >> 5 & 1);
        fragments[index] = new(
            place.Bytes(panels, group, 0, 0), place.Bytes(panels, group, 8, 0), place.Bytes(panels, group, 0, 16),
            place.Bytes(panels, group, 8, 16));
        if ((index & 35) == 0)
            scales[index / 64 * 8 + (index >> 2 & 7)] = place.Scales(panels);
    }

    [KernelEntry(groupSize: 128, maxRegisters: 128)]
    static void RunInt4(int inputs, ArrayView<byte> panels, ArrayView<Fragment> fragments, ArrayView<ulong> scales)
    {
        long index = (long)Grid.IdxX * Group.DimX + Group.IdxX;
        if (index >= fragments.Length)
            return;
        PanelPlace<Int4PanelWeights> place = PanelPlace<Int4PanelWeights>.At(index / 32, (int)(index & 31), inputs);
        fragments[index] = new(
            place.Nibbles(panels, 0, 0), place.Nibbles(panels, 0, 8), place.Nibbles(panels, 1, 0), place.Nibbles(panels, 1, 8));
        if ((index & 3) == 0)
            scales[index / 32 * 8 + (index >> 2 & 7)] = place.Scales(panels);
    }
}
