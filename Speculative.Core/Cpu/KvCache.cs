using System.Numerics;

namespace Speculative;

/// <summary>
/// Keys and values of one sequence in native memory, single precision. Keys: [layer][head][block of slots][dimension][slot in block], so
/// that one vector holds the same dimension of neighbouring slots and scores need no horizontal sums. Values: [layer][head][slot][padded
/// dimension].
/// </summary>
/// <remarks>Starts small and doubles up to the sequence's maximum.</remarks>
sealed unsafe class KvCache(ModelConfig config, int maxSlots) : IDisposable
{
    const int FirstSlots = 64;

    readonly int layersTimesHeads = config.LayerCount * config.KeyValueHeadCount;
    readonly NativeBuffer keys = new(), values = new();
    int capacity;

    /// <summary>Slots a block of keys, and the multiple to which a row of values is padded: two vectors.</summary>
    public static int Block => 2 * Vector<float>.Count;

    /// <summary>Floats from one slot's values to the next.</summary>
    public int ValueStride { get; } = RoundUp(config.HeadSize);

    public static int RoundUp(int count) => (count + Block - 1) / Block * Block;

    /// <summary>The first block of keys of a head.</summary>
    public float* Keys(int layer, int head) =>
        keys.Floats(0) + (long)(layer * config.KeyValueHeadCount + head) * capacity * config.HeadSize;

    /// <summary>The values of slot 0 of a head.</summary>
    public float* Values(int layer, int head) =>
        values.Floats(0) + (long)(layer * config.KeyValueHeadCount + head) * capacity * ValueStride;

    /// <summary>Makes room for <paramref name="slots"/> slots; those before <paramref name="used"/> are kept.</summary>
    public void Reserve(int slots, int used)
    {
        if (slots <= capacity)
            return;
        int larger = RoundUp((int)Math.Min(Math.Max(slots, Math.Max(FirstSlots, 2L * capacity)), maxSlots));
        int keptBlocks = RoundUp(used);
        Move(keys, config.HeadSize, larger, keptBlocks);
        Move(values, ValueStride, larger, used);
        capacity = larger;
    }

    /// <summary>Stores the key and the value of all heads.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="slot">Below what was reserved.</param>
    /// <param name="key">[heads][head size].</param>
    /// <param name="value">[heads][head size].</param>
    public void Store(int layer, int slot, float* key, float* value)
    {
        int size = config.HeadSize;
        for (int head = 0; head < config.KeyValueHeadCount; head++, key += size, value += size)
        {
            float* keyTarget = Key(layer, head, slot), valueTarget = Values(layer, head) + (long)slot * ValueStride;
            for (int i = 0; i < size; i++)
                keyTarget[i * Block] = key[i];
            new Span<float>(value, size).CopyTo(new(valueTarget, size));
            new Span<float>(valueTarget + size, ValueStride - size).Clear();
        }
    }

    /// <summary>
    /// Moves slot <c>first + path[i]</c> to slot <c>first + i</c>, in this order: down only, so no source is overwritten early.
    /// </summary>
    public void Compact(int first, ReadOnlySpan<int> path)
    {
        for (int layer = 0; layer < config.LayerCount; layer++)
            for (int head = 0; head < config.KeyValueHeadCount; head++)
                for (int i = 0; i < path.Length; i++)
                    if (path[i] != i)
                        MoveSlot(layer, head, first + path[i], first + i);
    }

    public void Dispose()
    {
        keys.Dispose();
        values.Dispose();
        capacity = 0;
    }

    float* Key(int layer, int head, int slot) => Keys(layer, head) + (long)(slot / Block) * Block * config.HeadSize + slot % Block;

    void MoveSlot(int layer, int head, int from, int to)
    {
        float* source = Key(layer, head, from), target = Key(layer, head, to), headValues = Values(layer, head);
        for (int i = 0; i < config.HeadSize; i++)
            target[i * Block] = source[i * Block];
        new Span<float>(headValues + (long)from * ValueStride, ValueStride).CopyTo(new(headValues + (long)to * ValueStride, ValueStride));
    }

    void Move(NativeBuffer buffer, int floatsPerSlot, int slots, int keptSlots)
    {
        long kept = (long)Math.Min(keptSlots, capacity) * floatsPerSlot, head = (long)capacity * floatsPerSlot,
            largerHead = (long)slots * floatsPerSlot;
        float* start = buffer.Grow(layersTimesHeads * largerHead, layersTimesHeads * head);
        for (int i = layersTimesHeads - 1; i > 0; i--) // from the last on: heads move up, over ones that have moved already
            Buffer.MemoryCopy(start + i * head, start + i * largerHead, kept * sizeof(float), kept * sizeof(float));
    }
}
