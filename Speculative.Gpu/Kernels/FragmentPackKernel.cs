using ILGPU;
using ILGPU.Runtime;

namespace Speculative;

/// <summary>
/// Packs bf16 weights into the order in which the tensor-core product reads them: once, when a model is loaded. Portable.
/// </summary>
/// <remarks>
/// Layout: weights [outputs, inputs], packed [outputs / 16, inputs / 16, 32 lanes]. Grid: one thread a <see cref="Fragment"/>, whose
/// documentation says what it holds. Oracle: that definition, read backwards, in the tests.
/// </remarks>
sealed class FragmentPackKernel(Accelerator accelerator)
{
    readonly Action<AcceleratorStream, KernelConfig, int, ArrayView<ushort>, ArrayView<Fragment>> kernel =
        accelerator.LoadKernel<int, ArrayView<ushort>, ArrayView<Fragment>>(Run);

    readonly int groupSize = GroupSize.AtMost(128, accelerator);

    /// <summary>Packs a matrix.</summary>
    /// <param name="stream">The stream to launch on.</param>
    /// <param name="inputs">The inputs; a multiple of 16.</param>
    /// <param name="outputs">The outputs; a multiple of 16.</param>
    /// <param name="weights">The weights as bf16; [outputs, inputs].</param>
    /// <param name="packed">Receives the fragments; exactly [outputs / 16, inputs / 16, 32].</param>
    /// <exception cref="ArgumentException">A view has the wrong length or a size is no multiple of 16.</exception>
    public void Launch(AcceleratorStream stream, int inputs, int outputs, ArrayView<ushort> weights, ArrayView<Fragment> packed)
    {
        KernelGuard.ThrowIfOutside(inputs, 16, int.MaxValue);
        KernelGuard.ThrowIfOutside(outputs, 16, int.MaxValue);
        KernelGuard.ThrowIfNotMultiple(inputs, 16);
        KernelGuard.ThrowIfNotMultiple(outputs, 16);
        long fragments = (long)outputs * inputs / 8;
        KernelGuard.ThrowIfShorter(weights, (long)outputs * inputs, "outputs x inputs");
        KernelGuard.ThrowIfShorter(packed, fragments, "outputs x inputs / 8");
        kernel(stream, ((int)((fragments - 1) / groupSize + 1), groupSize), inputs, weights, packed.SubView(0, fragments));
    }

    [KernelEntry(groupSize: 128, maxRegisters: 40)]
    static void Run(int inputs, ArrayView<ushort> weights, ArrayView<Fragment> packed)
    {
        long index = (long)Grid.IdxX * Group.DimX + Group.IdxX;
        if (index >= packed.Length)
            return;
        int lane = (int)(index & 31);
        long tile = index >> 5;
        int inputTiles = inputs / 16;
        long output = tile / inputTiles * 16 + (lane >> 2);
        long at = output * inputs + tile % inputTiles * 16 + (lane & 3) * 2;
        long below = at + 8L * inputs;
        packed[index] = new(Pair(weights, at), Pair(weights, below), Pair(weights, at + 8), Pair(weights, below + 8));
    }

    static uint Pair(ArrayView<ushort> weights, long at) => weights[at] | (uint)weights[at + 1] << 16;
}
