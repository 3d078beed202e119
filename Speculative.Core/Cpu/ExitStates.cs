namespace Speculative;

/// <summary>
/// How far each exit's layers have come, and the rows at each exit but the last, by slot: what has not gone deeper yet goes on from there.
/// </summary>
/// <param name="exits">How many exits, the whole model included.</param>
/// <param name="stride">Floats from one row to the next.</param>
sealed unsafe class ExitStates(int exits, int stride) : IDisposable
{
    readonly NativeBuffer[] rows = [.. Enumerable.Range(0, exits - 1).Select(_ => new NativeBuffer())];
    readonly int[] reached = new int[exits];
    int capacity;

    /// <summary>The slots, from 0 on, that an exit's layers have seen. A deeper exit has never more.</summary>
    public int Reached(int exit) => reached[exit];

    /// <summary>Notes that an exit's layers have seen the next slots.</summary>
    public void Advance(int exit, int slots) => reached[exit] += slots;

    /// <summary>The rows at an exit from a slot on; null at the last exit, from which nothing goes on.</summary>
    public float* Row(int exit, int slot) => exit < rows.Length ? rows[exit].Floats(0) + (long)slot * stride : null;

    /// <summary>Makes room for <paramref name="slots"/> slots.</summary>
    public void Reserve(int slots, int most)
    {
        if (slots <= capacity)
            return;
        int larger = (int)Math.Min(Math.Max(slots, 2L * capacity), most);
        for (int exit = 0; exit < rows.Length; exit++)
            rows[exit].Grow((long)larger * stride, (long)Math.Min(reached[exit], capacity) * stride);
        capacity = larger;
    }

    /// <summary>Moves slot <c>first + path[i]</c> to slot <c>first + i</c>; only the path's nodes count as seen, where they were.</summary>
    public void Compact(int first, ReadOnlySpan<int> path)
    {
        for (int exit = 0; exit < reached.Length; exit++)
        {
            if (reached[exit] <= first)
                continue;
            int kept = 0;
            for (; kept < path.Length && first + path[kept] < reached[exit]; kept++)
                if (exit < rows.Length && path[kept] != kept)
                    new Span<float>(Row(exit, first + path[kept]), stride).CopyTo(new(Row(exit, first + kept), stride));
            reached[exit] = first + kept;
        }
    }

    /// <summary>Forgets all slots from <paramref name="length"/> on.</summary>
    public void Cut(int length)
    {
        for (int exit = 0; exit < reached.Length; exit++)
            reached[exit] = Math.Min(reached[exit], length);
    }

    public void Dispose()
    {
        foreach (NativeBuffer buffer in rows)
            buffer.Dispose();
        capacity = 0;
    }
}
