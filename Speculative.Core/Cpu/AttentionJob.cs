namespace Speculative;

/// <summary>
/// Tree attention of one layer. Positions are cut into chunks; a tile is one chunk, one key/value head and a part of the query rows, so one
/// reading of a chunk's keys and values serves all nodes and all query heads of the head. <see cref="ChunkMerge"/> puts the chunks
/// together.
/// </summary>
/// <remarks>
/// A row does not depend on the tree around it or on the threads: chunks are aligned to positions, a score is one chain of fused
/// multiply-adds over the dimensions, a chunk's weights are summed by position, its weighted values are one chain over ascending positions:
/// first those of committed slots, which all rows share, then those of the row's own path.
/// </remarks>
sealed unsafe class AttentionJob(ModelConfig config, StripKernel kernel, WorkerPool pool) : ITiledJob, IDisposable
{
    /// <summary>Positions of a chunk: keys and values of a head of 128 dimensions fill a quarter of a megabyte.</summary>
    public const int Chunk = 256;

    /// <summary>Query rows of a part, so that several threads have work where chunks and heads are few.</summary>
    const int PartRows = 64;

    readonly NativeBuffer[] scratch = [.. Enumerable.Range(0, pool.Threads).Select(_ => new NativeBuffer())];
    readonly ChunkSums sums = new(config);
    readonly ChunkMerge merge = new(config, pool);
    readonly int group = config.HeadCount / config.KeyValueHeadCount, size = config.HeadSize;
    KvCache cache = null!;
    PassRows rows = null!;
    float* queries;
    int layer, stride, chunks, parts;

    int QueryRows => rows.Count * group;

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
        chunks = Chunks(rows.Longest);
        parts = (QueryRows + PartRows - 1) / PartRows;
        sums.Reserve(chunks, QueryRows);
        pool.Run(this, chunks * config.KeyValueHeadCount * parts);
        merge.Run(sums, rows, target, stride);
    }

    /// <summary>The chunks of a row that sees <paramref name="length"/> positions.</summary>
    public static int Chunks(int length) => (length + Chunk - 1) / Chunk;

    /// <summary>Parts of a chunk, then chunks of a head follow each other: threads that work side by side share what they read.</summary>
    public void RunTile(int tile, int worker)
    {
        int part = tile % parts, chunk = tile / parts % chunks, head = tile / parts / chunks;
        int end = Math.Min((part + 1) * PartRows, QueryRows);
        for (int first = part * PartRows; first < end; first += StripKernel.MaxRows)
            Attend(new(chunk, head, first, Math.Min(StripKernel.MaxRows, end - first)), scratch[worker]);
    }

    public void Dispose()
    {
        sums.Dispose();
        foreach (NativeBuffer buffer in scratch)
            buffer.Dispose();
    }

    void Attend(Block block, NativeBuffer memory)
    {
        const int rowScores = StripKernel.MaxRows * Chunk;
        int shared = Math.Clamp(rows.Committed - block.Start, 0, Chunk);
        int firstSlot = rows.Committed / StripKernel.Columns * StripKernel.Columns;
        int nodeStride = StripKernel.RoundUp(rows.Committed + rows.Nodes) - firstSlot;
        float* scores = memory.Floats(rowScores + StripKernel.MaxRows * (size + nodeStride));
        float* own = scores + rowScores, nodeScores = own + StripKernel.MaxRows * size;
        CopyQueries(block, own);
        if (block.First % PartRows == 0)
            AskForValues(block, shared);
        Score(block, own, block.Start, shared, scores, Chunk);
        if (shared < Chunk)
            Score(block, own, firstSlot, rows.Committed + rows.Nodes - firstSlot, nodeScores, nodeStride);
        for (int i = 0; i < block.Count; i++)
            Weigh(block, i, shared, nodeScores + i * nodeStride + rows.Committed - firstSlot, scores + i * Chunk);
        SumValues(block, shared, scores);
    }

    /// <summary>Lets memory bring the values while the keys are at work.</summary>
    void AskForValues(Block block, int shared)
    {
        for (int column = 0, strip = 0; column < size; column += StripKernel.Columns, strip++)
            kernel.Prefetch(cache.Values(layer, block.Head, strip, block.Start), shared);
    }

    /// <summary>Brings the block's queries together; the last stands in for rows that there are not.</summary>
    void CopyQueries(Block block, float* own)
    {
        for (int i = 0; i < StripKernel.Padded(block.Count); i++)
        {
            int row = block.First + Math.Min(i, block.Count - 1);
            float* query = queries + (long)(row / group) * stride + (block.Head * group + row % group) * size;
            new Span<float>(query, size).CopyTo(new(own + i * size, size));
        }
    }

    /// <summary>Scores of successive slots, in whole blocks of keys.</summary>
    void Score(Block block, float* own, int firstSlot, int slots, float* scores, int scoreStride)
    {
        for (int at = 0; at < slots; at += StripKernel.Columns)
        {
            int slot = firstSlot + at;
            kernel.Multiply(cache.Keys(layer, block.Head, slot), size, own, size, scores + at, scoreStride, block.Count);
            if (kernel.Scaled)
                for (int i = 0; i < block.Count; i++)
                    VectorMath.Multiply(scores + i * scoreStride + at, cache.KeyScales(layer, block.Head) + slot, StripKernel.Columns);
        }
    }

    /// <summary>The positions of the row's path that lie in the chunk, as nodes.</summary>
    ReadOnlySpan<int> Path(Block block, int row, int shared)
    {
        ReadOnlySpan<int> path = rows.Path((block.First + row) / group);
        int first = Math.Min(block.Start + shared - rows.Committed, path.Length);
        return path.Slice(first, Math.Min(path.Length - first, Chunk - shared));
    }

    /// <summary>Puts a row's scores into the order of positions and turns them into weights of what is stored.</summary>
    void Weigh(Block block, int row, int shared, float* nodeScores, float* scores)
    {
        ReadOnlySpan<int> path = shared < Chunk ? Path(block, row, shared) : default;
        if (shared + path.Length == 0)
            return;
        for (int i = 0; i < path.Length; i++)
            scores[shared + i] = nodeScores[path[i]];
        sums.Weights(block.Chunk, block.Head, block.First + row) = ChunkWeights.Of(scores, shared + path.Length);
        if (!kernel.Scaled)
            return;
        float* scales = cache.ValueScales(layer, block.Head);
        VectorMath.Multiply(scores, scales + block.Start, shared);
        for (int i = 0; i < path.Length; i++)
            scores[shared + i] *= scales[rows.Committed + path[i]];
    }

    void SumValues(Block block, int shared, float* weights)
    {
        for (int column = 0, strip = 0; column < size; column += StripKernel.Columns, strip++)
        {
            float* target = sums.Values(block.Chunk, block.Head, block.First) + column;
            kernel.Multiply(cache.Values(layer, block.Head, strip, block.Start), shared, weights, Chunk, target, sums.Stride, block.Count);
            if (shared < Chunk)
                for (int i = 0; i < block.Count; i++)
                    kernel.Add(cache.Values(layer, block.Head, strip, rows.Committed), Path(block, i, shared), weights + i * Chunk + shared,
                        target + i * sums.Stride);
        }
    }

    /// <summary>Up to eight query rows of a key/value head in a chunk.</summary>
    readonly record struct Block(int Chunk, int Head, int First, int Count)
    {
        /// <summary>The chunk's first position.</summary>
        public int Start => Chunk * AttentionJob.Chunk;
    }
}
