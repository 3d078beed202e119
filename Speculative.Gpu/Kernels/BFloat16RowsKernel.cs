using ILGPU;
using ILGPU.Runtime;

namespace Speculative;

/// <summary>Rounds f32 activations to bf16, nearest even, and pads them with zero rows to a tile of the tensor-core product.
/// Portable.</summary>
/// <remarks>
/// Layout: x [rows, inputs] f32, packed [tile rows, inputs] bf16. Grid: one thread an element of the tile. NaN stays NaN. Oracle: rounding
/// by comparison of both neighbours, in the tests.
/// </remarks>
sealed class BFloat16RowsKernel(Accelerator accelerator)
{
    readonly Action<AcceleratorStream, KernelConfig, ArrayView<float>, ArrayView<ushort>> kernel =
        accelerator.LoadKernel<ArrayView<float>, ArrayView<ushort>>(Run);

    readonly int groupSize = Math.Min(256, accelerator.MaxNumThreadsPerGroup);

    /// <summary>Rounds and pads.</summary>
    /// <param name="stream">The stream to launch on.</param>
    /// <param name="rows">The rows; at least 1.</param>
    /// <param name="tileRows">The rows of the tile; at least <paramref name="rows"/>.</param>
    /// <param name="inputs">The length of a row; at least 1.</param>
    /// <param name="x">The activations; [rows, inputs].</param>
    /// <param name="packed">Receives bf16; [tileRows, inputs].</param>
    /// <exception cref="ArgumentException">A view is too short.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A size is out of range.</exception>
    public void Launch(AcceleratorStream stream, int rows, int tileRows, int inputs, ArrayView<float> x, ArrayView<ushort> packed)
    {
        KernelGuard.ThrowIfOutside(rows, 1, tileRows);
        KernelGuard.ThrowIfOutside(inputs, 1, int.MaxValue);
        long count = (long)tileRows * inputs;
        KernelGuard.ThrowIfShorter(x, (long)rows * inputs, "rows x inputs");
        KernelGuard.ThrowIfShorter(packed, count, "tile rows x inputs");
        kernel(stream, ((int)((count - 1) / groupSize + 1), groupSize), x.SubView(0, (long)rows * inputs), packed.SubView(0, count));
    }

    [KernelEntry(groupSize: 256, maxRegisters: 32)]
    static void Run(ArrayView<float> x, ArrayView<ushort> packed)
    {
        long index = (long)Grid.IdxX * Group.DimX + Group.IdxX;
        if (index < packed.Length)
            packed[index] = index < x.Length ? default(BFloat16Format).Round(x[index]) : (ushort)0;
    }
}
