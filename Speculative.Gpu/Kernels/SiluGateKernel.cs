using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;

namespace Speculative;

/// <summary>The gate of the feed-forward block, gate / (1 + e^-gate) * up, in the format that the down product reads. Portable.</summary>
/// <remarks>
/// Layout: partials [splits, rows, 2 x size], the gate and up products side by side in one, as partial sums that are added in order; gated
/// [rows, size] f32, f16 or bf16. Grid: x = blocks of a row, y = row; one thread an element. Oracle: the formula in double in the tests.
/// </remarks>
sealed class SiluGateKernel(Accelerator accelerator)
{
    readonly Action<AcceleratorStream, KernelConfig, int, int, ArrayView<float>, ArrayView<float>> single =
        accelerator.LoadKernel<int, int, ArrayView<float>, ArrayView<float>>(RunFloat32);

    readonly Action<AcceleratorStream, KernelConfig, int, int, ArrayView<float>, ArrayView<ushort>> brain =
        accelerator.LoadKernel<int, int, ArrayView<float>, ArrayView<ushort>>(RunBFloat16);

    readonly Action<AcceleratorStream, KernelConfig, int, int, ArrayView<float>, ArrayView<ushort>> half =
        accelerator.LoadKernel<int, int, ArrayView<float>, ArrayView<ushort>>(RunFloat16);

    readonly int groupSize = GroupSize.AtMost(128, accelerator);

    /// <summary>Gates <paramref name="rows"/> rows.</summary>
    /// <param name="stream">The stream to launch on.</param>
    /// <param name="rows">The rows; 1 to 65535.</param>
    /// <param name="size">The length of a gated row.</param>
    /// <param name="splits">The partial sums of an element; at least 1.</param>
    /// <param name="partials">Gate and up; [splits, rows, 2 x size].</param>
    /// <param name="gated">Receives the product of both, f32, f16 or bf16; [rows, size].</param>
    /// <exception cref="ArgumentException">A view is too short.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A size is out of range.</exception>
    public void Launch(AcceleratorStream stream, int rows, int size, int splits, ArrayView<float> partials, DeviceNumbers gated)
    {
        KernelGuard.ThrowIfOutside(rows, 1, 65535);
        KernelGuard.ThrowIfOutside(size, 1, int.MaxValue / 2);
        KernelGuard.ThrowIfOutside(splits, 1, int.MaxValue);
        KernelGuard.ThrowIfShorter(partials, 2L * splits * rows * size, "splits x rows x 2 x size");
        KernelGuard.ThrowIfShorter(gated, (long)rows * size, "rows x size");
        KernelConfig config = (new Index2D((size - 1) / groupSize + 1, rows), new Index2D(groupSize, 1));
        switch (gated.Type)
        {
            case ElementType.F32: single(stream, config, size, splits, partials, gated.Singles); break;
            case ElementType.F16: half(stream, config, size, splits, partials, gated.Words); break;
            case ElementType.BF16: brain(stream, config, size, splits, partials, gated.Words); break;
            default: throw DeviceNumbers.NoKernelFor(gated.Type);
        }
    }

    [KernelEntry(groupSize: 128, maxRegisters: 32)]
    static void RunFloat32(int size, int splits, ArrayView<float> partials, ArrayView<float> gated) =>
        Gate<float, Float32Format>(size, splits, partials, gated);

    [KernelEntry(groupSize: 128, maxRegisters: 32)]
    static void RunBFloat16(int size, int splits, ArrayView<float> partials, ArrayView<ushort> gated) =>
        Gate<ushort, BFloat16Format>(size, splits, partials, gated);

    [KernelEntry(groupSize: 128, maxRegisters: 32)]
    static void RunFloat16(int size, int splits, ArrayView<float> partials, ArrayView<ushort> gated) =>
        Gate<ushort, Float16Format>(size, splits, partials, gated);

    static void Gate<T, TFormat>(int size, int splits, ArrayView<float> partials, ArrayView<T> gated)
        where T : unmanaged where TFormat : struct, IElementFormat<T>
    {
        int element = Grid.IdxX * Group.DimX + Group.IdxX;
        if (element >= size)
            return;
        long at = (long)Grid.IdxY * 2 * size + element, step = (long)Grid.DimY * 2 * size;
        float gate = PartialSums.Of(partials, at, step, splits), up = PartialSums.Of(partials, at + size, step, splits);
        gated[(long)Grid.IdxY * size + element] = default(TFormat).FromFloat(gate / (1 + XMath.Exp(-gate)) * up);
    }
}
