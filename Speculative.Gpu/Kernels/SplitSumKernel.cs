using ILGPU;
using ILGPU.Runtime;

namespace Speculative;

/// <summary>Adds the partial sums of a split product in the order of the splits, whatever the rows. Portable.</summary>
/// <remarks>Layout: partials [splits, count], y [count]. Grid: one thread an element. Oracle: the same sum on the host, bit for
/// bit.</remarks>
sealed class SplitSumKernel(Accelerator accelerator)
{
    readonly Action<AcceleratorStream, KernelConfig, int, ArrayView<float>, ArrayView<float>> kernel =
        accelerator.LoadKernel<int, ArrayView<float>, ArrayView<float>>(Run);

    readonly int groupSize = GroupSize.AtMost(256, accelerator);

    /// <summary>Adds the splits.</summary>
    /// <param name="stream">The stream to launch on.</param>
    /// <param name="splits">The splits; at least 1.</param>
    /// <param name="count">The elements: rows x outputs; at least 1.</param>
    /// <param name="partials">The partial sums; [splits, count].</param>
    /// <param name="y">Receives the sums; [count].</param>
    /// <exception cref="ArgumentException">A view is too short.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A size is out of range.</exception>
    public void Launch(AcceleratorStream stream, int splits, int count, ArrayView<float> partials, ArrayView<float> y)
    {
        KernelGuard.ThrowIfOutside(splits, 1, int.MaxValue);
        KernelGuard.ThrowIfOutside(count, 1, int.MaxValue);
        KernelGuard.ThrowIfShorter(partials, (long)splits * count, "splits x count");
        KernelGuard.ThrowIfShorter(y, count, "count");
        kernel(stream, ((count - 1) / groupSize + 1, groupSize), splits, partials, y.SubView(0, count));
    }

    [KernelEntry(groupSize: 256, maxRegisters: 32)]
    static void Run(int splits, ArrayView<float> partials, ArrayView<float> y)
    {
        long index = (long)Grid.IdxX * Group.DimX + Group.IdxX;
        if (index < y.Length)
            y[index] = PartialSums.Of(partials, index, y.Length, splits);
    }
}
