using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;

namespace Speculative;

/// <summary>
/// Adds a product to the residual stream and gives the RMS norm of the sum, in the format that the next product reads. Portable.
/// </summary>
/// <remarks>
/// Layout: x [rows, size] f32, in and out; partials [splits, rows, size] f32, a product's partial sums, added in order, none where splits
/// is 0; weight [size]; normed [rows, size] f32, f16 or bf16. Grid: one group a row. Row-invariant: a row's sum of squares has one order
/// (<see cref="GroupSum"/>). Cost: one read of x and partials, one write of x, one read of x again from the cache, one write of the norm.
/// Oracle: the formula in double in the tests.
/// </remarks>
sealed class ResidualNormKernel(Accelerator accelerator)
{
    readonly Action<AcceleratorStream, KernelConfig, int, int, float, ArrayView<float>, ArrayView<float>, ArrayView<float>,
        ArrayView<float>> single = accelerator.LoadKernel<int, int, float, ArrayView<float>, ArrayView<float>, ArrayView<float>,
        ArrayView<float>>(RunFloat32);

    readonly Action<AcceleratorStream, KernelConfig, int, int, float, ArrayView<float>, ArrayView<float>, ArrayView<float>,
        ArrayView<ushort>> brain = accelerator.LoadKernel<int, int, float, ArrayView<float>, ArrayView<float>, ArrayView<float>,
        ArrayView<ushort>>(RunBFloat16);

    readonly Action<AcceleratorStream, KernelConfig, int, int, float, ArrayView<float>, ArrayView<float>, ArrayView<float>,
        ArrayView<ushort>> half = accelerator.LoadKernel<int, int, float, ArrayView<float>, ArrayView<float>, ArrayView<float>,
        ArrayView<ushort>>(RunFloat16);

    readonly int groupSize = GroupSize.AtMost(GroupSum.Lanes, accelerator);

    /// <summary>Adds and normalises <paramref name="rows"/> rows.</summary>
    /// <param name="stream">The stream to launch on.</param>
    /// <param name="rows">The rows; at least 1.</param>
    /// <param name="size">The length of a row.</param>
    /// <param name="splits">The partial sums of an element; 0 adds nothing.</param>
    /// <param name="epsilon">Added to the mean square.</param>
    /// <param name="x">The residual stream; [rows, size].</param>
    /// <param name="partials">What to add; [splits, rows, size].</param>
    /// <param name="weight">The norm's weight; [size].</param>
    /// <param name="normed">Receives the norm, f32, f16 or bf16; [rows, size].</param>
    /// <exception cref="ArgumentException">A view is too short.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A size is out of range.</exception>
    public void Launch(
        AcceleratorStream stream, int rows, int size, int splits, float epsilon, ArrayView<float> x, ArrayView<float> partials,
        ArrayView<float> weight, DeviceNumbers normed)
    {
        KernelGuard.ThrowIfOutside(rows, 1, int.MaxValue);
        KernelGuard.ThrowIfOutside(size, 1, int.MaxValue - GroupSum.Lanes);
        KernelGuard.ThrowIfOutside(splits, 0, int.MaxValue);
        long count = (long)rows * size;
        KernelGuard.ThrowIfShorter(x, count, "rows x size");
        KernelGuard.ThrowIfShorter(partials, splits * count, "splits x rows x size");
        KernelGuard.ThrowIfShorter(weight, size, "size");
        KernelGuard.ThrowIfShorter(normed, count, "rows x size");
        switch (normed.Type)
        {
            case ElementType.F32: single(stream, (rows, groupSize), size, splits, epsilon, x, partials, weight, normed.Singles); break;
            case ElementType.F16: half(stream, (rows, groupSize), size, splits, epsilon, x, partials, weight, normed.Words); break;
            case ElementType.BF16: brain(stream, (rows, groupSize), size, splits, epsilon, x, partials, weight, normed.Words); break;
            default: throw DeviceNumbers.NoKernelFor(normed.Type);
        }
    }

    [KernelEntry(GroupSum.Lanes, maxRegisters: 40)]
    static void RunFloat32(
        int size, int splits, float epsilon, ArrayView<float> x, ArrayView<float> partials, ArrayView<float> weight,
        ArrayView<float> normed) => Norm<float, Float32Format>(size, splits, epsilon, x, partials, weight, normed);

    [KernelEntry(GroupSum.Lanes, maxRegisters: 40)]
    static void RunBFloat16(
        int size, int splits, float epsilon, ArrayView<float> x, ArrayView<float> partials, ArrayView<float> weight,
        ArrayView<ushort> normed) => Norm<ushort, BFloat16Format>(size, splits, epsilon, x, partials, weight, normed);

    [KernelEntry(GroupSum.Lanes, maxRegisters: 40)]
    static void RunFloat16(
        int size, int splits, float epsilon, ArrayView<float> x, ArrayView<float> partials, ArrayView<float> weight,
        ArrayView<ushort> normed) => Norm<ushort, Float16Format>(size, splits, epsilon, x, partials, weight, normed);

    static void Norm<T, TFormat>(
        int size, int splits, float epsilon, ArrayView<float> x, ArrayView<float> partials, ArrayView<float> weight, ArrayView<T> normed)
        where T : unmanaged where TFormat : struct, IElementFormat<T>
    {
        ArrayView<float> lanes = SharedMemory.Allocate<float>(GroupSum.Lanes);
        long row = (long)Grid.IdxX * size, step = (long)Grid.DimX * size;
        for (int lane = Group.IdxX; lane < GroupSum.Lanes; lane += Group.DimX)
        {
            float squares = 0;
            for (int i = lane; i < size; i += GroupSum.Lanes)
            {
                float value = x[row + i];
                if (splits > 0)
                {
                    value += PartialSums.Of(partials, row + i, step, splits);
                    x[row + i] = value;
                }
                squares += value * value;
            }
            lanes[lane] = squares;
        }
        float scale = 1 / XMath.Sqrt(GroupSum.Merge(lanes) / size + epsilon);
        for (int lane = Group.IdxX; lane < GroupSum.Lanes; lane += Group.DimX)
            for (int i = lane; i < size; i += GroupSum.Lanes)
                normed[row + i] = default(TFormat).FromFloat(x[row + i] * scale * weight[i]);
    }
}
