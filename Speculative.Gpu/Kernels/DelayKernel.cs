using ILGPU;
using ILGPU.Runtime;

namespace Speculative;

/// <summary>
/// Keeps one thread of a device busy for a while. Queued in front of launches that are to be timed, it lets the host queue them all before
/// the first runs, so that they follow each other at the device's pace and not at the host's.
/// </summary>
/// <remarks>
/// One thread multiplies and adds, each time what the time before gave. The number is stored so that the compiler keeps the loop. Portable.
/// Not run on hardware yet.
/// </remarks>
sealed class DelayKernel(Accelerator accelerator)
{
    readonly Action<AcceleratorStream, KernelConfig, int, ArrayView<float>> kernel = accelerator.LoadKernel<int, ArrayView<float>>(Run);

    /// <summary>Begins to wait.</summary>
    /// <param name="stream">The stream to launch on.</param>
    /// <param name="turns">The turns of the loop; at least 1.</param>
    /// <param name="number">Receives a number: of 1 that was there, 2 - 2^-turns; [1].</param>
    /// <exception cref="ArgumentException">The view is too short.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There are no turns.</exception>
    public void Launch(AcceleratorStream stream, int turns, ArrayView<float> number)
    {
        KernelGuard.ThrowIfOutside(turns, 1, int.MaxValue);
        KernelGuard.ThrowIfShorter(number, 1, "one");
        kernel(stream, (1, 1), turns, number);
    }

    [KernelEntry(groupSize: 1, maxRegisters: 32)]
    static void Run(int turns, ArrayView<float> number)
    {
        float x = number[0];
        for (int turn = 0; turn < turns; turn++)
            x = x * 0.5f + 1;
        number[0] = x;
    }
}
