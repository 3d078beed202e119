namespace Speculative.Tests;

/// <summary>Attention by itself, over random keys, values and queries that are the same for every run of a shape.</summary>
sealed unsafe class AttentionRun : IDisposable
{
    const int MaxContext = 1152, Layer = 0;

    readonly ModelConfig config;
    readonly CacheFormat format;
    readonly StripKernel kernel;
    readonly WorkerPool pool;
    readonly AttentionJob job;
    readonly float[][] queries;

    public AttentionRun(ModelConfig config, CacheFormat format, int bits, int threads)
    {
        (this.config, this.format) = (config, format);
        kernel = StripKernel.Create(format, bits);
        pool = new(threads);
        job = new(config, kernel, pool);
        Random random = new(3);
        Keys = Numbers(config.KeyValueSize, 2);
        Values = Numbers(config.KeyValueSize, 1);
        queries = Numbers(config.QuerySize, 2 / MathF.Sqrt(config.HeadSize));

        float[][] Numbers(int width, float most) => [.. Enumerable.Range(0, MaxContext)
            .Select(_ => Enumerable.Range(0, width).Select(_ => (random.NextSingle() * 2 - 1) * most).ToArray())];
    }

    /// <summary>By slot of the tree's pass: those of a committed position, or of a node. [heads][head size].</summary>
    public float[][] Keys { get; }

    public float[][] Values { get; }

    public static DraftTree RandomTree(int nodes, int seed)
    {
        Random random = new(seed);
        DraftTree tree = new(nodes);
        tree.Reset(0, nodes);
        while (tree.Room > 0)
            tree.Add(random.Next(Math.Max(0, tree.Count - 4), tree.Count), tree.Count);
        return tree;
    }

    /// <summary>The rows of a tree (the last 64) on top of committed positions; [rows][query size].</summary>
    public float[][] Attend(int committed, DraftTree tree)
    {
        using KvCache cache = new(config, kernel, MaxContext);
        Store(cache, 0, [.. Enumerable.Range(0, committed + tree.Count)]);
        return Attend(cache, committed, tree, node => queries[node]);
    }

    /// <summary>The row of one node, all positions before which were committed.</summary>
    public float[] AttendLast(int committed, DraftTree tree, int node)
    {
        int[] slots = [.. Enumerable.Range(0, committed), .. Path(tree, node).Select(at => committed + at)];
        using KvCache cache = new(config, kernel, MaxContext);
        Store(cache, 0, slots);
        return Attend(cache, slots.Length - 1, RandomTree(1, 0), _ => queries[node])[0];
    }

    /// <summary>As <see cref="AttendLast"/>, after the path's slots were committed and the cache has grown.</summary>
    public float[] AttendAfterCommit(int committed, DraftTree tree, int node)
    {
        using KvCache cache = new(config, kernel, MaxContext);
        Store(cache, 0, [.. Enumerable.Range(0, committed)]);
        Store(cache, committed, [.. Enumerable.Range(committed, tree.Count)]);
        int[] path = Path(tree, node);
        cache.Compact(committed, path);
        cache.Reserve(MaxContext, committed + path.Length);
        return Attend(cache, committed + path.Length - 1, RandomTree(1, 0), _ => queries[node])[0];
    }

    public double[] Expected(int committed, DraftTree tree, int row, int head)
    {
        int node = Math.Max(0, tree.Count - PassRows.MaxRows) + row, size = config.HeadSize;
        int keyHead = head / (config.HeadCount / config.KeyValueHeadCount);
        int[] slots = [.. Enumerable.Range(0, committed), .. Path(tree, node).Select(at => committed + at)];
        return AttentionOracle.Attend(format, queries[node][(head * size)..((head + 1) * size)],
            [.. slots.Select(slot => Keys[slot][(keyHead * size)..((keyHead + 1) * size)])],
            [.. slots.Select(slot => Values[slot][(keyHead * size)..((keyHead + 1) * size)])]);
    }

    public void Dispose()
    {
        pool.Dispose();
        job.Dispose();
    }

    float[][] Attend(KvCache cache, int committed, DraftTree tree, Func<int, float[]> query)
    {
        int first = Math.Max(0, tree.Count - PassRows.MaxRows);
        AncestorMask mask = new(tree.Count);
        mask.Update(tree);
        PassRows rows = new(tree.Count);
        rows.TakeTree(tree, mask, first, committed);
        float[] input = [.. Enumerable.Range(first, rows.Count).SelectMany(query)], output = new float[input.Length];
        fixed (float* source = input, target = output)
            job.Run(cache, Layer, rows, source, target, config.QuerySize);
        return [.. output.Chunk(config.QuerySize)];
    }

    /// <summary>Stores what belongs to some slots of the tree's pass in successive slots.</summary>
    void Store(KvCache cache, int first, int[] slots)
    {
        cache.Reserve(first + slots.Length, first);
        for (int i = 0; i < slots.Length; i++)
            fixed (float* key = Keys[slots[i]], value = Values[slots[i]])
                for (int head = 0; head < config.KeyValueHeadCount; head++)
                    cache.Store(Layer, head, first + i, key + head * config.HeadSize, value + head * config.HeadSize);
    }

    static int[] Path(DraftTree tree, int node)
    {
        List<int> path = [];
        for (; node >= 0; node = tree.Parents[node])
            path.Insert(0, node);
        return [.. path];
    }
}
