using ILGPU;
using ILGPU.Runtime;

namespace Speculative;

/// <summary>
/// How far each exit's layers have come, and the rows at each exit but the last, by slot, on the device: what has not gone deeper yet
/// goes on from there.
/// </summary>
/// <param name="context">The device.</param>
/// <param name="exits">How many exits, the whole model included.</param>
/// <param name="size">The length of a row.</param>
/// <param name="maxSlots">The most slots.</param>
sealed class DeviceExitStates(GpuContext context, int exits, int size, int maxSlots) : IDisposable
{
    const int FirstSlots = 256;

    readonly int[] reached = new int[exits];
    readonly int planes = exits - 1;
    DeviceBuffer? rows;
    int capacity;

    /// <summary>The slots, from 0 on, that an exit's layers have seen. A deeper exit has never more.</summary>
    public int Reached(int exit) => reached[exit];

    /// <summary>Notes that an exit's layers have seen the next slots.</summary>
    public void Advance(int exit, int slots) => reached[exit] += slots;

    /// <summary>Some rows at an exit from a slot on; empty at the last exit, from which nothing goes on.</summary>
    public ArrayView<float> Rows(int exit, int slot, int count) => exit < planes
        ? rows!.Singles.SubView(((long)exit * capacity + slot) * size, (long)count * size)
        : ArrayView<float>.Empty;

    /// <summary>Makes room for <paramref name="slots"/> slots.</summary>
    /// <exception cref="GpuMemoryException">The device has not so much memory.</exception>
    public void Reserve(AcceleratorStream stream, int slots)
    {
        if (planes > 0 && slots > capacity)
            Grow(stream, (int)Math.Min(Math.Max(slots, Math.Max(2L * capacity, FirstSlots)), maxSlots));
    }

    /// <summary>Moves the rows of an accepted path down; only the path's nodes count as seen, where they were.</summary>
    /// <param name="stream">The stream to launch on.</param>
    /// <param name="first">The slot of the root.</param>
    /// <param name="path">The path.</param>
    /// <param name="devicePath">The same on the device.</param>
    public void Compact(AcceleratorStream stream, int first, ReadOnlySpan<int> path, ArrayView<int> devicePath)
    {
        if (planes > 0 && path[^1] != path.Length - 1)
            context.Kernels.Compaction.Launch(stream, planes, capacity, size, first, path.Length, devicePath, rows!.Bytes.Cast<uint>());
        for (int exit = 0; exit < reached.Length; exit++)
        {
            if (reached[exit] <= first)
                continue;
            int kept = 0;
            while (kept < path.Length && first + path[kept] < reached[exit])
                kept++;
            reached[exit] = first + kept;
        }
    }

    /// <summary>Forgets all slots from <paramref name="length"/> on.</summary>
    public void Cut(int length)
    {
        for (int exit = 0; exit < reached.Length; exit++)
            reached[exit] = Math.Min(reached[exit], length);
    }

    public void Dispose() => rows?.Dispose();

    void Grow(AcceleratorStream stream, int larger)
    {
        long bytes = (long)planes * larger * size * sizeof(float);
        if (rows is null)
            rows = new(context, bytes, "A sequence's rows at the exits");
        else
            rows.Grow(stream, bytes, (from, to) => Move(stream, from.Cast<float>(), to.Cast<float>(), larger));
        capacity = larger;
    }

    void Move(AcceleratorStream stream, ArrayView<float> from, ArrayView<float> to, int larger)
    {
        for (int exit = 0; exit < planes; exit++)
            if (reached[exit] > 0)
                from.SubView((long)exit * capacity * size, (long)reached[exit] * size)
                    .CopyTo(stream, to.SubView((long)exit * larger * size, (long)reached[exit] * size));
    }
}
