using ILGPU;
using ILGPU.Runtime;

namespace Speculative;

/// <summary>Rounds f32 activations to bf16 or f16, nearest even, and pads them with zero rows to a tile of the tensor-core product.
/// Portable.</summary>
/// <remarks>
/// Layout: x [rows, inputs] f32, packed [tile rows, inputs]. Grid: one thread an element of the tile. NaN stays NaN; what the format cannot
/// hold becomes infinite, and the logits show it. Oracle: rounding by comparison of both neighbours and the host's conversion, in the
/// tests.
/// </remarks>
sealed class HalfRowsKernel(Accelerator accelerator)
{
    readonly Action<AcceleratorStream, KernelConfig, ArrayView<float>, ArrayView<ushort>> brain =
        accelerator.LoadKernel<ArrayView<float>, ArrayView<ushort>>(RunBFloat16);

    readonly Action<AcceleratorStream, KernelConfig, ArrayView<float>, ArrayView<ushort>> half =
        accelerator.LoadKernel<ArrayView<float>, ArrayView<ushort>>(RunFloat16);

    readonly int groupSize = GroupSize.AtMost(256, accelerator);

    /// <summary>Rounds and pads.</summary>
    /// <param name="stream">The stream to launch on.</param>
    /// <param name="rows">The rows; at least 1.</param>
    /// <param name="tileRows">The rows of the tile; at least <paramref name="rows"/>.</param>
    /// <param name="inputs">The length of a row; at least 1.</param>
    /// <param name="x">The activations; [rows, inputs].</param>
    /// <param name="packed">Receives them in its format, BF16 or F16; [tileRows, inputs].</param>
    /// <exception cref="ArgumentException">A view is too short.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A size is out of range.</exception>
    /// <exception cref="NotSupportedException">The format is another.</exception>
    public void Launch(AcceleratorStream stream, int rows, int tileRows, int inputs, ArrayView<float> x, DeviceNumbers packed)
    {
        KernelGuard.ThrowIfOutside(rows, 1, tileRows);
        KernelGuard.ThrowIfOutside(inputs, 1, int.MaxValue);
        long count = (long)tileRows * inputs;
        KernelGuard.ThrowIfShorter(x, (long)rows * inputs, "rows x inputs");
        KernelGuard.ThrowIfShorter(packed, count, "tile rows x inputs");
        Action<AcceleratorStream, KernelConfig, ArrayView<float>, ArrayView<ushort>> kernel = packed.Type switch
        {
            ElementType.BF16 => brain,
            ElementType.F16 => half,
            _ => throw DeviceNumbers.NoKernelFor(packed.Type),
        };
        kernel(stream, ((int)((count - 1) / groupSize + 1), groupSize), x.SubView(0, (long)rows * inputs), packed.Words.SubView(0, count));
    }

    [KernelEntry(groupSize: 256, maxRegisters: 32)]
    static void RunBFloat16(ArrayView<float> x, ArrayView<ushort> packed) => Round<BFloat16Format>(x, packed);

    [KernelEntry(groupSize: 256, maxRegisters: 32)]
    static void RunFloat16(ArrayView<float> x, ArrayView<ushort> packed) => Round<Float16Format>(x, packed);

    static void Round<TFormat>(ArrayView<float> x, ArrayView<ushort> packed) where TFormat : struct, IHalfFormat
    {
        long index = (long)Grid.IdxX * Group.DimX + Group.IdxX;
        if (index < packed.Length)
            packed[index] = index < x.Length ? default(TFormat).FromFloat(x[index]) : (ushort)0;
    }
}
