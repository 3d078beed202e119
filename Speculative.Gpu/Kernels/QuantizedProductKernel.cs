using ILGPU;
using ILGPU.Runtime;

namespace Speculative;

/// <summary>
/// Skinny matrix product y = x w^T with weights in the CPU engine's int8 or int4 panels, as they lie there: portable, weight-only
/// (activations stay f32), the measure for <see cref="QuantizedTensorProductKernel"/>.
/// </summary>
/// <remarks>
/// Layout: panels as <see cref="PanelLayout"/> says, x [rows, inputs], y [rows, outputs], f32. Grid: x = 32 outputs (a panel), y = row; a
/// thread owns outputs. Row-invariant: an element is the sum over groups, in order, of the scale times the group's products summed in
/// order. Cost: the weights once a row; this is an oracle. Oracle: <c>PanelOracle</c>'s levels and a sum in double, in the tests.
/// </remarks>
sealed class QuantizedProductKernel
{
    readonly Action<AcceleratorStream, KernelConfig, int, int, ArrayView<byte>, ArrayView<float>, ArrayView<float>> kernel;

    readonly int groupBytes, groupSize;

    /// <summary>Compiles the kernel for a format.</summary>
    /// <param name="accelerator">Any accelerator.</param>
    /// <param name="format">The panels' format.</param>
    public QuantizedProductKernel(Accelerator accelerator, QuantizedFormat format)
    {
        bool isInt8 = format == QuantizedFormat.Int8;
        kernel = accelerator.LoadKernel<int, int, ArrayView<byte>, ArrayView<float>, ArrayView<float>>(isInt8 ? RunInt8 : RunInt4);
        groupBytes = isInt8 ? default(Int8PanelWeights).GroupBytes : default(Int4PanelWeights).GroupBytes;
        groupSize = GroupSize.AtMost(PanelLayout.Panel, accelerator);
    }

    /// <summary>The bytes of a matrix's panels.</summary>
    public static long PanelBytes(QuantizedFormat format, int inputs, int outputs) =>
        PanelFormats.ByteLength(format == QuantizedFormat.Int8 ? Precision.Int8 : Precision.Int4, outputs, inputs);

    /// <summary>Multiplies.</summary>
    /// <param name="stream">The stream to launch on.</param>
    /// <param name="rows">The rows; 1 to 128.</param>
    /// <param name="inputs">The inputs; at least 1.</param>
    /// <param name="outputs">The outputs; at least 1.</param>
    /// <param name="panels">The panels; [panels, groups, bytes of a group].</param>
    /// <param name="x">The activations; [rows, inputs].</param>
    /// <param name="y">Receives the product; [rows, outputs].</param>
    /// <exception cref="ArgumentException">A view is too short.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A size is out of range.</exception>
    public void Launch(
        AcceleratorStream stream, int rows, int inputs, int outputs, ArrayView<byte> panels, ArrayView<float> x, ArrayView<float> y)
    {
        KernelGuard.ThrowIfOutside(rows, 1, SkinnyProductKernel.MaxRows);
        KernelGuard.ThrowIfOutside(inputs, 1, int.MaxValue - PanelLayout.Group);
        KernelGuard.ThrowIfOutside(outputs, 1, int.MaxValue - PanelLayout.Panel);
        KernelGuard.ThrowIfShorter(
            panels, (long)PanelLayout.Panels(outputs) * PanelLayout.Groups(inputs) * groupBytes, "panels x groups x bytes of a group");
        KernelGuard.ThrowIfShorter(x, (long)rows * inputs, "rows x inputs");
        KernelGuard.ThrowIfShorter(y, (long)rows * outputs, "rows x outputs");
        KernelConfig groups = (new Index2D(PanelLayout.Panels(outputs), rows), new Index2D(groupSize, 1));
        kernel(stream, groups, inputs, outputs, panels, x, y);
    }

    [KernelEntry(PanelLayout.Panel, maxRegisters: 64)]
    static void RunInt8(int inputs, int outputs, ArrayView<byte> panels, ArrayView<float> x, ArrayView<float> y) =>
        Multiply<Int8PanelWeights>(inputs, outputs, panels, x, y);

    [KernelEntry(PanelLayout.Panel, maxRegisters: 64)]
    static void RunInt4(int inputs, int outputs, ArrayView<byte> panels, ArrayView<float> x, ArrayView<float> y) =>
        Multiply<Int4PanelWeights>(inputs, outputs, panels, x, y);

    static void Multiply<TWeights>(int inputs, int outputs, ArrayView<byte> panels, ArrayView<float> x, ArrayView<float> y)
        where TWeights : struct, IPanelWeights
    {
        int first = Grid.IdxX * PanelLayout.Panel;
        for (int i = Group.IdxX; i < PanelLayout.Panel && first + i < outputs; i += Group.DimX)
            y[(long)Grid.IdxY * outputs + first + i] = Element<TWeights>(inputs, panels, i, x.SubView((long)Grid.IdxY * inputs, inputs));
    }

    static float Element<TWeights>(int inputs, ArrayView<byte> panels, int output, ArrayView<float> x)
        where TWeights : struct, IPanelWeights
    {
        int groups = (inputs + PanelLayout.Group - 1) / PanelLayout.Group;
        long group = (long)Grid.IdxX * groups * default(TWeights).GroupBytes;
        float total = 0;
        for (int first = 0; first < inputs; first += PanelLayout.Group, group += default(TWeights).GroupBytes)
        {
            float sum = 0;
            for (int i = 0; i < PanelLayout.Group && first + i < inputs; i++)
                sum += x[first + i] * default(TWeights).Level(default(TWeights).Stored(panels, group, output, i));
            total += sum * Scale(panels, group + 2 * output);
        }
        return total;
    }

    static float Scale(ArrayView<byte> panels, long at) => Interop.IntAsFloat((ushort)(panels[at] | panels[at + 1] << 8));
}
