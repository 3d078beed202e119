using ILGPU;
using ILGPU.Runtime;

namespace Speculative;

/// <summary>
/// Small integers on their way to the device, through page-locked memory, so that sending them waits for nothing: a ring, which waits for
/// the stream only when it comes round.
/// </summary>
sealed class HostIntegers(Accelerator accelerator) : IDisposable
{
    const int Capacity = 1 << 14;

    readonly PageLockedArray1D<int> ring = accelerator.AllocatePageLocked1D<int>(Capacity);
    int next;

    /// <summary>Sends integers.</summary>
    /// <param name="stream">The stream that reads them.</param>
    /// <param name="values">The integers; at most the ring's 16384.</param>
    /// <param name="target">Where they go.</param>
    public void Send(AcceleratorStream stream, ReadOnlySpan<int> values, ArrayView<int> target)
    {
        if (next + values.Length > Capacity)
        {
            stream.Synchronize();
            next = 0;
        }
        values.CopyTo(ring.Span[next..]);
        ring.ArrayView.SubView(next, values.Length).CopyTo(stream, target.SubView(0, values.Length));
        next += values.Length;
    }

    public void Dispose() => ring.Dispose();
}
