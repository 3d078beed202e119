using System.Diagnostics;

namespace Speculative.Bench.Machine;

/// <summary>Times tree attention by itself, over as many layers of keys and values as together no cache holds.</summary>
sealed unsafe class AttentionMeasurement : IDisposable
{
    const int Passes = 9;
    const long Bytes = 192L << 20;

    readonly ModelConfig config;
    readonly WorkerPool pool;
    readonly AttentionJob job;
    readonly KvCache cache;
    readonly PassRows rows = new(PassRows.MaxRows);
    readonly NativeBuffer queries = new(), target = new();
    readonly long positionBytes;
    readonly int context;

    /// <summary>Fills a cache.</summary>
    /// <param name="format">Its number format.</param>
    /// <param name="context">Committed positions.</param>
    /// <param name="threads">At least 1.</param>
    public AttentionMeasurement(CacheFormat format, int context, int threads)
    {
        StripKernel kernel = StripKernel.Create(format);
        ModelConfig one = RandomWeights.NamedShape("llama-259m") with { LayerCount = 1 };
        config = one with { LayerCount = (int)(Bytes / (context * KvCache.PositionBytes(one, kernel))) + 1 };
        positionBytes = KvCache.PositionBytes(config, kernel);
        this.context = context;
        pool = new(threads);
        job = new(config, kernel, pool);
        cache = new(config, kernel, context + PassRows.MaxRows);
        cache.Reserve(context + PassRows.MaxRows, 0);
        Fill();
    }

    /// <summary>Bytes of keys and values that a pass reads, the committed positions'.</summary>
    public long ByteLength => context * positionBytes;

    /// <summary>Multiply-adds of a pass over one row.</summary>
    public long MultiplyAdds => 2L * context * config.LayerCount * config.QuerySize;

    /// <summary>The lower quartile of the time of all layers.</summary>
    /// <param name="rowCount">1 to 64 rows, a chain.</param>
    /// <param name="cancellationToken">Ends the measurement.</param>
    public TimeSpan Time(int rowCount, CancellationToken cancellationToken)
    {
        rows.TakeSlots(context, rowCount);
        float* query = queries.Floats((long)rowCount * config.QuerySize), mixed = target.Floats((long)rowCount * config.QuerySize);
        Span<float> numbers = new(query, rowCount * config.QuerySize);
        for (int i = 0; i < numbers.Length; i++)
            numbers[i] = Number(i);
        TimeSpan[] times = new TimeSpan[Passes];
        for (int pass = -3; pass < Passes; pass++) // the first few warm up
        {
            cancellationToken.ThrowIfCancellationRequested();
            long start = Stopwatch.GetTimestamp();
            for (int layer = 0; layer < config.LayerCount; layer++)
                job.Run(cache, layer, rows, query, mixed, config.QuerySize);
            if (pass >= 0)
                times[pass] = Stopwatch.GetElapsedTime(start);
        }
        Array.Sort(times);
        return times[Passes / 4];
    }

    /// <summary>Frees the cache and ends the threads.</summary>
    public void Dispose()
    {
        pool.Dispose();
        job.Dispose();
        cache.Dispose();
        queries.Dispose();
        target.Dispose();
    }

    void Fill()
    {
        float[] numbers = new float[config.KeyValueSize];
        fixed (float* row = numbers)
            for (int slot = 0; slot < context + PassRows.MaxRows; slot++)
            {
                for (int i = 0; i < numbers.Length; i++)
                    numbers[i] = Number(slot * 31 + i);
                for (int layer = 0; layer < config.LayerCount; layer++)
                    for (int head = 0; head < config.KeyValueHeadCount; head++)
                        cache.Store(layer, head, slot, row + head * config.HeadSize, row + head * config.HeadSize);
            }
    }

    /// <summary>Numbers from -1 to 1 that differ.</summary>
    static float Number(int i) => i * 7919 % 2003 / 1001.5f - 1;
}
