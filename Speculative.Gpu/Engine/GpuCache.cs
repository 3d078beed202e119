using ILGPU;
using ILGPU.Runtime;

namespace Speculative;

/// <summary>The keys and values of one sequence on the device: [layers x 2, slots, kvHeads, headDim]. Grows by doubling.</summary>
sealed class GpuCache(GpuContext context, ModelConfig config, ElementType type, int maxSlots) : IDisposable
{
    const int FirstSlots = 256;

    readonly int planes = 2 * config.LayerCount;
    readonly long rowBytes = (long)config.KeyValueSize * DeviceNumbers.SizeOf(type);
    DeviceBuffer? memory;
    int capacity;

    /// <summary>The bytes of a cache.</summary>
    public static long Bytes(ModelConfig config, ElementType type, int slots) =>
        2L * config.LayerCount * config.KeyValueSize * DeviceNumbers.SizeOf(type) * slots;

    /// <summary>Makes room for <paramref name="slots"/> slots and keeps the first <paramref name="kept"/>.</summary>
    /// <param name="stream">The stream to launch on.</param>
    /// <param name="slots">The slots.</param>
    /// <param name="kept">How many of them hold something.</param>
    /// <param name="graphs">Records of passes, which forget those over memory that is left; null where none are made.</param>
    /// <exception cref="GpuMemoryException">The device has not so much memory; the cache is as before.</exception>
    public void Reserve(AcceleratorStream stream, int slots, int kept, PassGraphs? graphs)
    {
        if (slots <= capacity)
            return;
        Forget(graphs);
        Grow(stream, slots, kept);
    }

    /// <summary>A layer's keys; [slots, kvHeads, headDim].</summary>
    public DeviceNumbers Keys(int layer) => Plane(2 * layer);

    /// <summary>A layer's values; [slots, kvHeads, headDim].</summary>
    public DeviceNumbers Values(int layer) => Plane(2 * layer + 1);

    /// <summary>Moves the rows of an accepted path down.</summary>
    public void Compact(AcceleratorStream stream, int committed, int pathLength, ArrayView<int> path) => context.Kernels.Compaction.Launch(
        stream, planes, capacity, (int)(rowBytes / sizeof(uint)), committed, pathLength, path, memory!.Bytes.Cast<uint>());

    /// <summary>Drops what was recorded of passes over it.</summary>
    public void Forget(PassGraphs? graphs)
    {
        if (memory is not null)
            graphs?.Forget(PassKey.Address(memory.Bytes), memory.Length);
    }

    public void Dispose() => memory?.Dispose();

    // Apart from Reserve, which would allocate what the closure holds in every step.
    void Grow(AcceleratorStream stream, int slots, int kept)
    {
        int larger = (int)Math.Min(Math.Max(slots, Math.Max(2L * capacity, FirstSlots)), maxSlots);
        long bytes = planes * rowBytes * larger;
        if (memory is null)
            memory = new(context, bytes, "The key/value cache");
        else
            memory.Grow(stream, bytes, (from, to) => Move(stream, from, to, larger, kept));
        capacity = larger;
    }

    DeviceNumbers Plane(int plane) => new(memory!.Bytes.SubView(plane * rowBytes * capacity, rowBytes * capacity), type);

    void Move(AcceleratorStream stream, ArrayView<byte> from, ArrayView<byte> to, int larger, int kept)
    {
        if (kept == 0)
            return;
        for (int plane = 0; plane < planes; plane++)
            from.SubView(plane * rowBytes * capacity, kept * rowBytes).CopyTo(
                stream, to.SubView(plane * rowBytes * larger, kept * rowBytes));
    }
}
