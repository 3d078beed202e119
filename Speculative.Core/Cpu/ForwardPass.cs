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
    readonly RankingJob ranking;
    readonly AttentionJob attention;
    readonly RotaryJob rotary;
    readonly NormJob norm;
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
        (hiddenStride, queryStride) = (Stride(config.HiddenSize), Stride(config.QuerySize));
        (keyStride, innerStride) = (Stride(config.KeyValueSize), Stride(config.IntermediateSize));
        product = new(pool);
        ranking = new(pool);
        Strips = StripKernel.Create(cacheFormat);
        attention = new(config, Strips, pool);
        rotary = new(config, pool);
        norm = new(config, hiddenStride, pool);
        try
        {
            head = matrices.Load(
                config.TiedEmbeddings ? "model.embed_tokens.weight" : "lm_head.weight", config.VocabularySize, config.HiddenSize);
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

    /// <summary>Bytes of the matrices, all of which a pass reads.</summary>
    public long MatrixBytes => matrices.ByteLength;

    /// <summary>What keeps and reads the cache's numbers.</summary>
    public StripKernel Strips { get; }

    /// <summary>Floats from one hidden row to the next.</summary>
    public int HiddenStride => hiddenStride;

    /// <summary>
    /// Takes rows through some layers: stores their keys and values there. Of the last layer nothing else is computed where nobody wants
    /// the rows after it.
    /// </summary>
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
        float* output = null;
        for (int layer = range.First; layer < range.End; layer++)
        {
            if (layer == range.End - 1 && states.Hidden == null && states.After == null)
            {
                StoreKeys(layer, rows, cache, x, output, null);
                return;
            }
            output = Attend(layer, rows, cache, x, output);
            output = FeedForward(layers[layer], count, x, output);
        }
        norm.Run(x, output, states.Hidden == null ? null : finalNorm.Floats(0), count, states.Hidden);
        if (states.After != null)
            Buffer.MemoryCopy(x, states.After, size * sizeof(float), size * sizeof(float));
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

    /// <summary>The most likely tokens of each row, without its logits: the same as theirs.</summary>
    /// <param name="hidden">[rows][<see cref="HiddenStride"/>].</param>
    /// <param name="rows">How many rows; 1 to <see cref="PassRows.MaxRows"/>.</param>
    /// <param name="tokens">How many tokens of each; 1 to <see cref="RankingJob.MaxTokens"/>.</param>
    /// <param name="tokenIds">[rows][tokens]; a row's first is negative where a logit is NaN or positive infinity.</param>
    public void Rank(float* hidden, int rows, int tokens, Span<int> tokenIds) =>
        ranking.Run(hidden, rows, hiddenStride, head, tokens, tokenIds);

    /// <summary>After this nothing may be computed: the weights are gone.</summary>
    public bool Disposed { get; private set; }

    public void Dispose()
    {
        Disposed = true;
        product.Dispose();
        ranking.Dispose();
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

    /// <summary>
    /// Adds the output of the block before to the rows and stores their keys and values; computes their queries where they are wanted.
    /// </summary>
    void StoreKeys(int index, PassRows rows, KvCache cache, float* x, float* before, float* q)
    {
        LayerWeights layer = layers[index];
        int count = rows.Count;
        float* n = normed.Floats((long)count * hiddenStride), k = key.Floats((long)count * keyStride);
        float* v = value.Floats((long)count * keyStride);
        norm.Run(x, before, layer.AttentionNorm, count, n);
        product.Run(n, count, hiddenStride, new(layer.Key, k, keyStride, layer.KeyBias), new(layer.Value, v, keyStride, layer.ValueBias),
            q == null ? default : new(layer.Query, q, queryStride, layer.QueryBias));
        rotary.Run(layer, cache, index, rows, q, k, v, queryStride, keyStride);
    }

    /// <summary>Adds the output of the block before to the rows and attends.</summary>
    /// <returns>What is to be added to the rows next.</returns>
    float* Attend(int index, PassRows rows, KvCache cache, float* x, float* before)
    {
        int count = rows.Count;
        float* q = query.Floats((long)count * queryStride), m = mixed.Floats((long)count * Math.Max(queryStride, hiddenStride));
        StoreKeys(index, rows, cache, x, before, q);
        attention.Run(cache, index, rows, q, m, queryStride);
        float* n = normed.Floats((long)count * hiddenStride);
        product.Run(m, count, queryStride, new Product(layers[index].AttentionOutput, n, hiddenStride));
        return n;
    }

    /// <summary>As <see cref="Attend"/>, with the feed-forward block.</summary>
    float* FeedForward(LayerWeights layer, int count, float* x, float* before)
    {
        float* n = normed.Floats((long)count * hiddenStride), g = inner.Floats((long)count * innerStride),
            u = outer.Floats((long)count * innerStride);
        norm.Run(x, before, layer.FeedForwardNorm, count, n);
        product.RunGated(n, count, hiddenStride, new(layer.Gate, g, innerStride), new(layer.Up, u, innerStride));
        product.Run(g, count, innerStride, new Product(layer.Down, n, hiddenStride));
        return n;
    }
}
