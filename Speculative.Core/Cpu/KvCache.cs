namespace Speculative;

/// <summary>
/// Keys and values of one sequence in native memory, in strips of a <see cref="StripKernel"/>. Keys: [layer][head][block of 32
/// slots][dimension][slot in block], so that one vector holds the same dimension of neighbouring slots and scores need no horizontal sums.
/// Values: [layer][head][strip of 32 dimensions][slot][dimension in strip]. Both are read as one stream of memory each. Scales, where the
/// format has them: [layer][head][slot].
/// </summary>
/// <remarks>Starts small and doubles up to the sequence's maximum.</remarks>
sealed unsafe class KvCache(ModelConfig config, StripKernel kernel, int maxSlots) : IDisposable
{
    const int FirstSlots = 64;

    readonly int heads = config.LayerCount * config.KeyValueHeadCount, strips = StripKernel.RoundUp(config.HeadSize) / StripKernel.Columns;
    readonly NativeBuffer keys = new(), values = new(), keyScales = new(), valueScales = new();
    int capacity;

    /// <summary>The bytes of one position's keys and values in all layers.</summary>
    public static long PositionBytes(ModelConfig config, StripKernel kernel) => (long)config.LayerCount * config.KeyValueHeadCount
        * ((config.HeadSize + StripKernel.RoundUp(config.HeadSize)) * kernel.StepBytes / StripKernel.Columns
            + (kernel.Scaled ? 2 * sizeof(float) : 0));

    /// <summary>A head's block of keys: a strip, a step a dimension.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="head">The key/value head.</param>
    /// <param name="slot">The block's first slot: a multiple of <see cref="StripKernel.Columns"/>.</param>
    public byte* Keys(int layer, int head, int slot) =>
        Start(keys) + ((long)Index(layer, head) * capacity + slot) / StripKernel.Columns * config.HeadSize * kernel.StepBytes;

    /// <summary>A strip of a head's values, a step a slot.</summary>
    public byte* Values(int layer, int head, int strip, int slot) =>
        Start(values) + (((long)Index(layer, head) * strips + strip) * capacity + slot) * kernel.StepBytes;

    /// <summary>The scales of a head's keys by slot.</summary>
    public float* KeyScales(int layer, int head) => keyScales.Floats(0) + (long)Index(layer, head) * capacity;

    /// <summary>The scales of a head's values by slot.</summary>
    public float* ValueScales(int layer, int head) => valueScales.Floats(0) + (long)Index(layer, head) * capacity;

    /// <summary>
    /// Makes room for <paramref name="slots"/> slots; those before <paramref name="used"/> are kept. Where memory runs out, the cache is as
    /// before.
    /// </summary>
    public void Reserve(int slots, int used)
    {
        if (slots <= capacity)
            return;
        int larger = StripKernel.RoundUp((int)Math.Min(Math.Max(slots, Math.Max(FirstSlots, 2L * capacity)), maxSlots));
        int kept = Math.Min(StripKernel.RoundUp(used), capacity), keyBytes = config.HeadSize * (kernel.StepBytes / StripKernel.Columns);
        int scales = kernel.Scaled ? heads : 0;
        Grow(keys, heads, keyBytes, larger); // all memory first: streams that have moved fit no other capacity
        Grow(values, heads * strips, kernel.StepBytes, larger);
        Grow(keyScales, scales, sizeof(float), larger);
        Grow(valueScales, scales, sizeof(float), larger);
        Spread(keys, heads, keyBytes, larger, kept);
        Spread(values, heads * strips, kernel.StepBytes, larger, kept);
        Spread(keyScales, scales, sizeof(float), larger, kept);
        Spread(valueScales, scales, sizeof(float), larger, kept);
        capacity = larger;
    }

    /// <summary>Stores a head's key and value. Heads may be stored at the same time, slots of a head one after the other.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="head">The key/value head.</param>
    /// <param name="slot">Below what was reserved.</param>
    /// <param name="key">[head size].</param>
    /// <param name="value">[head size].</param>
    public void Store(int layer, int head, int slot, float* key, float* value)
    {
        int column = slot % StripKernel.Columns;
        float keyScale = kernel.StoreColumn(key, config.HeadSize, Keys(layer, head, slot - column), column);
        float valueScale = kernel.StoreStep(value, config.HeadSize, Values(layer, head, 0, slot), StripBytes);
        if (kernel.Scaled)
            (KeyScales(layer, head)[slot], ValueScales(layer, head)[slot]) = (keyScale, valueScale);
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
        keyScales.Dispose();
        valueScales.Dispose();
        capacity = 0;
    }

    long StripBytes => (long)capacity * kernel.StepBytes;

    int Index(int layer, int head) => layer * config.KeyValueHeadCount + head;

    static byte* Start(NativeBuffer buffer) => (byte*)buffer.Floats(0);

    void MoveSlot(int layer, int head, int from, int to)
    {
        int fromColumn = from % StripKernel.Columns, toColumn = to % StripKernel.Columns;
        kernel.CopyColumn(Keys(layer, head, from - fromColumn), fromColumn, Keys(layer, head, to - toColumn), toColumn, config.HeadSize);
        for (int strip = 0; strip < strips; strip++)
            Buffer.MemoryCopy(Values(layer, head, strip, from), Values(layer, head, strip, to), kernel.StepBytes, kernel.StepBytes);
        if (!kernel.Scaled)
            return;
        KeyScales(layer, head)[to] = KeyScales(layer, head)[from];
        ValueScales(layer, head)[to] = ValueScales(layer, head)[from];
    }

    /// <summary>Grows a buffer to streams with room for as many slots each; what is in it stays where it is.</summary>
    void Grow(NativeBuffer buffer, int streams, int slotBytes, int slots) =>
        buffer.Grow((long)streams * slots * slotBytes / sizeof(float), (long)streams * capacity * slotBytes / sizeof(float));

    /// <summary>Moves the streams of a grown buffer to where they begin with room for as many slots each.</summary>
    void Spread(NativeBuffer buffer, int streams, int slotBytes, int slots, int keptSlots)
    {
        long kept = (long)keptSlots * slotBytes, stream = (long)capacity * slotBytes, larger = (long)slots * slotBytes;
        byte* start = Start(buffer);
        for (int i = streams - 1; i > 0; i--) // from the last on: streams move up, over ones that have moved already
            Buffer.MemoryCopy(start + i * stream, start + i * larger, kept, kept);
    }
}
