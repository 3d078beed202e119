using ILGPU;
using ILGPU.Runtime;

namespace Speculative;

/// <summary>
/// Fills a weight with the pseudo-random numbers that <see cref="RandomWeights"/> has for it, on the device: numbers are counted, so each
/// has its own thread. For speed measurements only. Portable.
/// </summary>
/// <remarks>Layout: a flat array. Grid: one thread a number. Oracle: <see cref="RandomWeights"/>, bit for bit.</remarks>
sealed class RandomFillKernel(Accelerator accelerator)
{
    readonly Action<AcceleratorStream, KernelConfig, ulong, float, float, uint, ArrayView<float>> single =
        accelerator.LoadKernel<ulong, float, float, uint, ArrayView<float>>(RunFloat32);

    readonly Action<AcceleratorStream, KernelConfig, ulong, float, float, ArrayView<ushort>> brain =
        accelerator.LoadKernel<ulong, float, float, ArrayView<ushort>>(RunBFloat16);

    readonly int groupSize = GroupSize.AtMost(256, accelerator);

    /// <summary>Fills <paramref name="numbers"/>.</summary>
    /// <param name="stream">The stream to launch on.</param>
    /// <param name="numbers">Where they go, f32 or bf16; at most 2^31 groups of threads.</param>
    /// <param name="random">The tensor's random numbers.</param>
    /// <param name="first">The index of the first number within its tensor.</param>
    /// <param name="stored">The format of the tensor: what it cuts off is cut off of wider numbers too.</param>
    /// <exception cref="NotSupportedException">The format is another.</exception>
    public void Launch(AcceleratorStream stream, DeviceNumbers numbers, RandomTensor random, long first, ElementType stored)
    {
        ulong state = random.StateBefore(first);
        KernelConfig config = ((int)((numbers.Length - 1) / groupSize + 1), groupSize);
        switch (numbers.Type)
        {
            case ElementType.F32:
                uint mask = stored == ElementType.BF16 ? 0xffff0000 : 0xffffffff;
                single(stream, config, state, random.Mean, random.Scale, mask, numbers.Singles);
                break;
            case ElementType.BF16: brain(stream, config, state, random.Mean, random.Scale, numbers.Words); break;
            default: throw DeviceNumbers.NoKernelFor(numbers.Type);
        }
    }

    [KernelEntry(groupSize: 256, maxRegisters: 32)]
    static void RunFloat32(ulong state, float mean, float scale, uint mask, ArrayView<float> numbers)
    {
        long index = (long)Grid.IdxX * Group.DimX + Group.IdxX;
        if (index < numbers.Length)
            numbers[index] = Interop.IntAsFloat(Interop.FloatAsInt(RandomTensor.Number(state, index, mean, scale)) & mask);
    }

    [KernelEntry(groupSize: 256, maxRegisters: 32)]
    static void RunBFloat16(ulong state, float mean, float scale, ArrayView<ushort> numbers)
    {
        long index = (long)Grid.IdxX * Group.DimX + Group.IdxX;
        if (index < numbers.Length) // truncated, as RandomWeights does
            numbers[index] = (ushort)(Interop.FloatAsInt(RandomTensor.Number(state, index, mean, scale)) >> 16);
    }
}
