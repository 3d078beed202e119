namespace Speculative;

/// <summary>
/// What becomes of a layer's queries, keys and values before attention: the heads' own norm, where the family has it, rotation, and the
/// cache. A tile is a key/value head with its query heads: neighbouring slots of a head share cache lines.
/// </summary>
sealed unsafe class RotaryJob(ModelConfig config, WorkerPool pool) : ITiledJob, IDisposable
{
    /// <summary>A dispatch costs about as much as one thread needs for so many numbers.</summary>
    const long LeastShared = 1 << 12;

    readonly RotaryTable table = new(config);
    readonly int group = config.HeadCount / config.KeyValueHeadCount, size = config.HeadSize;
    readonly float scale = 1 / MathF.Sqrt(config.HeadSize);
    LayerWeights weights = null!;
    KvCache cache = null!;
    PassRows rows = null!;
    float* queries, keys, values;
    int layer, queryStride, keyStride;

    /// <summary>Makes the table of angles reach beyond a position.</summary>
    public void Reserve(int position) => table.Reserve(position);

    /// <summary>Turns and scales queries in place, turns keys and stores them with the values.</summary>
    /// <param name="weights">The norms of the layer's heads.</param>
    /// <param name="cache">Room for the rows' slots reserved.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="rows">Positions, <see cref="Reserve"/>d, and slots.</param>
    /// <param name="queries">[rows][queryStride], or null where only keys and values are wanted.</param>
    /// <param name="keys">[rows][keyStride].</param>
    /// <param name="values">[rows][keyStride].</param>
    /// <param name="queryStride">Floats from row to row of queries.</param>
    /// <param name="keyStride">Floats from row to row of keys and values.</param>
    public void Run(LayerWeights weights, KvCache cache, int layer, PassRows rows, float* queries, float* keys, float* values,
        int queryStride, int keyStride)
    {
        (this.weights, this.cache, this.layer, this.rows) = (weights, cache, layer, rows);
        (this.queryStride, this.keyStride) = (queryStride, keyStride);
        this.queries = queries;
        this.keys = keys;
        this.values = values;
        if ((long)rows.Count * (config.QuerySize + config.KeyValueSize) >= LeastShared)
            pool.Run(this, config.KeyValueHeadCount);
        else
            WorkerPool.RunAlone(this, config.KeyValueHeadCount);
    }

    public void RunTile(int tile, int worker)
    {
        for (int row = 0; row < rows.Count; row++)
        {
            float* key = keys + (long)row * keyStride + tile * size;
            if (queries != null)
                TurnQueries(queries + (long)row * queryStride + tile * group * size, rows.Positions[row]);
            Turn(key, weights.KeyNorm, rows.Positions[row]);
            cache.Store(layer, tile, rows.Slots[row], key, values + (long)row * keyStride + tile * size);
        }
    }

    public void Dispose() => table.Dispose();

    void TurnQueries(float* query, int position)
    {
        for (int head = 0; head < group; head++)
            Turn(query + head * size, weights.QueryNorm, position);
        VectorMath.Scale(query, scale, group * size, query);
    }

    void Turn(float* head, float* norm, int position)
    {
        if (norm != null)
            VectorMath.RmsNorm(head, norm, config.NormEpsilon, size, head);
        table.Rotate(head, position);
    }
}
