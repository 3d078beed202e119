namespace Speculative;

/// <summary>
/// The forward pass: embedding, decoder blocks, final norm; and the head product. Weights, threads and work space of one model, shared by
/// its sequences: one pass at a time, under <see cref="Gate"/>.
/// </summary>
sealed unsafe class ForwardPass : IDisposable
{
    readonly ModelConfig config;
    readonly WorkerPool pool;
    readonly ProductJob product;
    readonly ArgMaxJob argMax;
    readonly GateJob gate;
    readonly AttentionJob attention;
    readonly RotaryTable rotary;
    readonly List<LayerWeights> layers = [];
    readonly NativeBuffer finalNorm = new(), residual = new(), normed = new(), query = new(), key = new(), value = new(), mixed = new(),
        inner = new(), outer = new();
    readonly Weight embedding;
    readonly MatrixStore matrices;
    readonly Matrix head;
    readonly int hiddenStride, queryStride, keyStride, innerStride;

    public ForwardPass(IWeightSource source, Precision precision, CacheFormat cacheFormat, WorkerPool pool)
    {
        config = source.Config;
        this.pool = pool;
        embedding = source.GetWeight("model.embed_tokens.weight", config.VocabularySize, config.HiddenSize);
        matrices = new(source, precision);
        head = matrices.Load(config.TiedEmbeddings ? "model.embed_tokens.weight" : "lm_head.weight", config.VocabularySize, config.HiddenSize);
        (hiddenStride, queryStride) = (Stride(config.HiddenSize), Stride(config.QuerySize));
        (keyStride, innerStride) = (Stride(config.KeyValueSize), Stride(config.IntermediateSize));
        product = new(pool);
        argMax = new(pool);
        gate = new(pool);
        Strips = StripKernel.Create(cacheFormat);
        attention = new(config, Strips, pool);
        rotary = new(config);
        try
        {
            WeightRows.Widen(source.GetWeight("model.norm.weight", 1, config.HiddenSize), 0, finalNorm.Floats(config.HiddenSize));
            for (int layer = 0; layer < config.LayerCount; layer++)
                layers.Add(new(source, matrices, layer));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Held during a pass or a head product.</summary>
    public Lock Gate => pool.Turn;

    public ModelConfig Config => config;

    /// <summary>The stored format of the embedding.</summary>
    public ElementType StoredType => embedding.Type;

    /// <summary>Bytes of the matrices, all of which a pass reads.</summary>
    public long MatrixBytes => matrices.ByteLength;

    /// <summary>What keeps and reads the cache's numbers.</summary>
    public StripKernel Strips { get; }

    /// <summary>Floats from one hidden row to the next.</summary>
    public int HiddenStride => hiddenStride;

    /// <summary>Takes rows through some layers: stores their keys and values there.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="cache">Room for all their slots reserved.</param>
    /// <param name="range">The layers.</param>
    /// <param name="states">Where the rows begin, and what becomes of them.</param>
    public void Run(PassRows rows, KvCache cache, LayerRange range, RowStates states)
    {
        int count = rows.Count;
        long size = (long)count * hiddenStride;
        float* x = residual.Floats(size);
        for (int row = 0; row < count; row++)
        {
            rotary.Reserve(rows.Positions[row]);
            if (states.Before == null)
                WeightRows.Widen(embedding, rows.TokenIds[row], x + (long)row * hiddenStride);
        }
        if (states.Before != null)
            Buffer.MemoryCopy(states.Before, x, size * sizeof(float), size * sizeof(float));
        for (int layer = range.First; layer < range.End; layer++)
        {
            Attend(layers[layer], layer, rows, cache, x);
            FeedForward(layers[layer], count, x);
        }
        if (states.After != null)
            Buffer.MemoryCopy(x, states.After, size * sizeof(float), size * sizeof(float));
        if (states.Hidden != null)
            Norm(x, finalNorm.Floats(0), count, states.Hidden);
    }

    /// <summary>logits[row] = head * hidden[row].</summary>
    /// <param name="hidden">[rows][<see cref="HiddenStride"/>].</param>
    /// <param name="rows">How many rows; at least 1.</param>
    /// <param name="logits">[rows][vocabulary].</param>
    public void Logits(float* hidden, int rows, float* logits)
    {
        for (int row = 0; row < rows; row += PassRows.MaxRows)
            product.Run(hidden + (long)row * hiddenStride, Math.Min(PassRows.MaxRows, rows - row), hiddenStride,
                new(head, logits + (long)row * config.VocabularySize, config.VocabularySize));
    }

    /// <summary>The most likely token of each row, without its logits: the same as theirs.</summary>
    /// <param name="hidden">[rows][<see cref="HiddenStride"/>].</param>
    /// <param name="tokenIds">A place a row, at most <see cref="PassRows.MaxRows"/>; null where a logit is NaN or positive infinity.</param>
    public void ArgMax(float* hidden, Span<int?> tokenIds) => argMax.Run(hidden, tokenIds.Length, hiddenStride, head, tokenIds);

    /// <summary>After this nothing may be computed: the weights are gone.</summary>
    public bool Disposed { get; private set; }

    public void Dispose()
    {
        Disposed = true;
        product.Dispose();
        argMax.Dispose();
        attention.Dispose();
        rotary.Dispose();
        layers.ForEach(layer => layer.Dispose());
        matrices.Dispose();
        foreach (NativeBuffer buffer in new[] { finalNorm, residual, normed, query, key, value, mixed, inner, outer })
            buffer.Dispose();
    }

    /// <summary>
    /// Rows begin on cache lines, and a power of two never separates them: they would compete for the same lines of the near cache.
    /// </summary>
    static int Stride(int width) => (width + 15) / 16 * 16 + 16;

    void Attend(LayerWeights layer, int index, PassRows rows, KvCache cache, float* x)
    {
        int count = rows.Count;
        float* n = normed.Floats((long)count * hiddenStride), q = query.Floats((long)count * queryStride),
            k = key.Floats((long)count * keyStride);
        float* v = value.Floats((long)count * keyStride), m = mixed.Floats((long)count * Math.Max(queryStride, hiddenStride));
        Norm(x, layer.AttentionNorm, count, n);
        product.Run(n, count, hiddenStride, new(layer.Query, q, queryStride, layer.QueryBias), new(layer.Key, k, keyStride, layer.KeyBias),
            new(layer.Value, v, keyStride, layer.ValueBias));
        float scale = 1 / MathF.Sqrt(config.HeadSize);
        for (int row = 0; row < count; row++)
        {
            Turn(q + (long)row * queryStride, config.HeadCount, layer.QueryNorm, rows.Positions[row]);
            VectorMath.Scale(q + (long)row * queryStride, scale, config.QuerySize, q + (long)row * queryStride);
            Turn(k + (long)row * keyStride, config.KeyValueHeadCount, layer.KeyNorm, rows.Positions[row]);
            cache.Store(index, rows.Slots[row], k + (long)row * keyStride, v + (long)row * keyStride);
        }
        attention.Run(cache, index, rows, q, m, queryStride);
        product.Run(m, count, queryStride, new Product(layer.AttentionOutput, n, hiddenStride));
        Add(x, n, count);
    }

    void FeedForward(LayerWeights layer, int count, float* x)
    {
        float* n = normed.Floats((long)count * hiddenStride), g = inner.Floats((long)count * innerStride),
            u = outer.Floats((long)count * innerStride);
        Norm(x, layer.FeedForwardNorm, count, n);
        product.Run(n, count, hiddenStride, new(layer.Gate, g, innerStride), new(layer.Up, u, innerStride), default);
        gate.Run(g, u, count, config.IntermediateSize, innerStride);
        product.Run(g, count, innerStride, new Product(layer.Down, n, hiddenStride));
        Add(x, n, count);
    }

    /// <summary>Norm, where the family has it, and rotation of each head of a row.</summary>
    void Turn(float* heads, int count, float* weight, int position)
    {
        for (float* end = heads + count * config.HeadSize; heads < end; heads += config.HeadSize)
        {
            if (weight != null)
                VectorMath.RmsNorm(heads, weight, config.NormEpsilon, config.HeadSize, heads);
            rotary.Rotate(heads, position);
        }
    }

    void Norm(float* x, float* weight, int count, float* target)
    {
        for (long row = 0; row < count; row++)
            VectorMath.RmsNorm(x + row * hiddenStride, weight, config.NormEpsilon, config.HiddenSize, target + row * hiddenStride);
    }

    void Add(float* x, float* addend, int count)
    {
        for (long row = 0; row < count; row++)
            VectorMath.Add(x + row * hiddenStride, addend + row * hiddenStride, config.HiddenSize);
    }
}
