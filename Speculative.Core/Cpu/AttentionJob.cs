using System.Numerics;

namespace Speculative;

/// <summary>
/// Tree attention of one layer. A tile is one key/value head and a few nodes. Scores are laid out by position: a score is one chain of
/// fused multiply-adds over the dimensions, the soft-max sum runs over positions by lane, a weighted value is one chain over ascending
/// positions; so a row does not depend on the tree around it.
/// </summary>
sealed unsafe class AttentionJob(ModelConfig config, WorkerPool pool) : ITiledJob, IDisposable
{
    /// <summary>Query rows that share a reading of the keys and values.</summary>
    const int RowsPerTile = 16;

    readonly NativeBuffer[] scratch = [.. Enumerable.Range(0, pool.Threads).Select(_ => new NativeBuffer())];
    readonly int group = config.HeadCount / config.KeyValueHeadCount;
    readonly int nodesPerTile = Math.Max(1, RowsPerTile / (config.HeadCount / config.KeyValueHeadCount));
    KvCache cache = null!;
    PassRows rows = null!;
    float* queries, target;
    int layer, stride;

    /// <summary>target[row][head] = attention of the row's query head over what the row sees.</summary>
    /// <param name="cache">Holds the keys and values of all visible slots.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="rows">What each row sees.</param>
    /// <param name="queries">[rows][stride], rotated and scaled.</param>
    /// <param name="target">[rows][stride].</param>
    /// <param name="stride">Floats from row to row.</param>
    public void Run(KvCache cache, int layer, PassRows rows, float* queries, float* target, int stride)
    {
        (this.cache, this.layer, this.rows, this.stride) = (cache, layer, rows, stride);
        this.queries = queries;
        this.target = target;
        pool.Run(this, config.KeyValueHeadCount * ((rows.Count + nodesPerTile - 1) / nodesPerTile));
    }

    public void RunTile(int tile, int worker)
    {
        int head = tile % config.KeyValueHeadCount, first = tile / config.KeyValueHeadCount * nodesPerTile;
        int count = Math.Min(nodesPerTile, rows.Count - first) * group;
        int scoreStride = KvCache.RoundUp(rows.Committed + rows.Nodes) + KvCache.Block;
        float* scores = scratch[worker].Floats(count * ((long)scoreStride + cache.ValueStride)), sums = scores + (long)count * scoreStride;
        ComputeScores(head, first, count, scores, scoreStride);
        for (int i = 0; i < count; i++)
            Softmax(scores + (long)i * scoreStride, rows.Path(first + i / group));
        SumCommitted(cache.Values(layer, head), count, scores, scoreStride, sums);
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<int> path = rows.Path(first + i / group);
            AddPath(cache.Values(layer, head), scores + (long)i * scoreStride, path, sums + (long)i * cache.ValueStride);
            new Span<float>(sums + (long)i * cache.ValueStride, config.HeadSize).CopyTo(new(Row(target, head, first, i), config.HeadSize));
        }
    }

    public void Dispose()
    {
        foreach (NativeBuffer buffer in scratch)
            buffer.Dispose();
    }

    float* Row(float* start, int head, int first, int index) =>
        start + (long)(first + index / group) * stride + (head * group + index % group) * config.HeadSize;

    /// <summary>Scores by slot, for whole blocks of slots: four query rows at a time.</summary>
    void ComputeScores(int head, int first, int count, float* scores, int scoreStride)
    {
        float* keys = cache.Keys(layer, head);
        int slots = rows.Committed + rows.Nodes;
        for (int slot = 0; slot < slots; slot += KvCache.Block, keys += (long)KvCache.Block * config.HeadSize)
            for (int i = 0; i < count; i += 4)
                Strip.Multiply(keys, KvCache.Block, config.HeadSize, Queries(head, first, i, count),
                    Strip.Rows.Of(scores + slot, scoreStride, i, count));
    }

    Strip.Rows Queries(int head, int first, int i, int count) =>
        new(Row(queries, head, first, i), Row(queries, head, first, Math.Min(i + 1, count - 1)),
            Row(queries, head, first, Math.Min(i + 2, count - 1)),
            Row(queries, head, first, Math.Min(i + 3, count - 1)));

    /// <summary>Brings the scores of a row into the order of positions and turns them into weights.</summary>
    void Softmax(float* scores, ReadOnlySpan<int> path)
    {
        int length = rows.Committed + path.Length, width = Vector<float>.Count;
        for (int i = 0; i < path.Length; i++)
            scores[rows.Committed + i] = scores[rows.Committed + path[i]];
        int padded = (length + width - 1) / width * width;
        new Span<float>(scores + length, padded - length).Fill(float.NegativeInfinity);
        Vector<float> most = new(float.NegativeInfinity), sums = default;
        for (int i = 0; i < padded; i += width)
            most = Vector.Max(most, Vector.Load(scores + i));
        float max = most[0];
        for (int i = 1; i < width; i++)
            max = MathF.Max(max, most[i]);
        for (int i = 0; i < padded; i += width)
        {
            Vector<float> weight = VectorMath.Exp(Vector.Load(scores + i) - new Vector<float>(max));
            weight.Store(scores + i);
            sums += weight;
        }
        VectorMath.Scale(scores, 1 / Vector.Sum(sums), padded, scores);
    }

    /// <summary>Sums the weighted values of the committed slots, which all rows see: four rows at a time.</summary>
    void SumCommitted(float* values, int count, float* scores, int scoreStride, float* sums)
    {
        for (int i = 0; i < count; i += 4)
            for (int at = 0; at < cache.ValueStride; at += KvCache.Block)
                Strip.Multiply(values + at, cache.ValueStride, rows.Committed, Strip.Rows.Of(scores, scoreStride, i, count),
                    Strip.Rows.Of(sums + at, cache.ValueStride, i, count));
    }

    /// <summary>Goes on with the row's own path.</summary>
    void AddPath(float* values, float* scores, ReadOnlySpan<int> path, float* sums)
    {
        for (int at = 0; at < cache.ValueStride; at += KvCache.Block)
        {
            Vector<float> sum0 = Vector.Load(sums + at), sum1 = Vector.Load(sums + at + Vector<float>.Count);
            for (int i = 0; i < path.Length; i++)
            {
                float* value = values + (long)(rows.Committed + path[i]) * cache.ValueStride + at;
                Vector<float> weight = new(scores[rows.Committed + i]);
                sum0 = Vector.FusedMultiplyAdd(weight, Vector.Load(value), sum0);
                sum1 = Vector.FusedMultiplyAdd(weight, Vector.Load(value + Vector<float>.Count), sum1);
            }
            sum0.Store(sums + at);
            sum1.Store(sums + at + Vector<float>.Count);
        }
    }
}
