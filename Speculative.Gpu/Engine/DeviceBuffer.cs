using ILGPU;
using ILGPU.Runtime;

namespace Speculative;

/// <summary>A block of a device's memory, which may grow.</summary>
sealed class DeviceBuffer : IDisposable
{
    readonly GpuContext context;
    readonly string purpose;
    MemoryBuffer1D<byte, Stride1D.Dense>? memory;

    /// <summary>Takes memory; its content is undefined.</summary>
    /// <param name="context">The device.</param>
    /// <param name="bytes">How much; at least 1.</param>
    /// <param name="purpose">What for, as an error names it.</param>
    /// <exception cref="GpuMemoryException">There is not so much.</exception>
    public DeviceBuffer(GpuContext context, long bytes, string purpose)
    {
        this.context = context;
        this.purpose = purpose;
        memory = Allocate(bytes);
    }

    public long Length => memory?.Length ?? 0;

    public ArrayView<byte> Bytes => (memory ?? throw new ObjectDisposedException(purpose)).View.BaseView;

    public ArrayView<float> Singles => Bytes.Cast<float>();

    public ArrayView<int> Integers => Bytes.Cast<int>();

    /// <summary>The whole block as numbers.</summary>
    public DeviceNumbers Numbers(ElementType type) => new(Bytes, type);

    /// <summary>Takes a larger block in place of this one and frees this one when the stream has come so far.</summary>
    /// <param name="stream">The stream that uses the block.</param>
    /// <param name="bytes">The larger size.</param>
    /// <param name="move">Copies what must be kept from the old to the new block.</param>
    public void Grow(AcceleratorStream stream, long bytes, Action<ArrayView<byte>, ArrayView<byte>> move)
    {
        MemoryBuffer1D<byte, Stride1D.Dense> larger = Allocate(bytes);
        move(Bytes, larger.View.BaseView);
        stream.Synchronize();
        Dispose();
        memory = larger;
    }

    public void Dispose()
    {
        if (memory is null)
            return;
        context.CountAllocated(-memory.Length);
        memory.Dispose();
        memory = null;
    }

    MemoryBuffer1D<byte, Stride1D.Dense> Allocate(long bytes)
    {
        // Views are cast to elements of up to 16 bytes.
        long rounded = (bytes + 15) / 16 * 16, free = context.FreeMemoryBytes;
        if (rounded > free)
            throw new GpuMemoryException($"{purpose} needs {GpuMemoryPlan.Megabytes(rounded)}, the device has "
                + $"{GpuMemoryPlan.Megabytes(free)} free: use a shorter context, fewer sequences or a 16-bit cache.");
        MemoryBuffer1D<byte, Stride1D.Dense> block = context.Accelerator.Allocate1D<byte>(rounded);
        context.CountAllocated(rounded);
        return block;
    }
}
