using System.Numerics;

namespace Speculative;

/// <summary>
/// Puts the chunks of each row together, in ascending order, relative to the row's largest score: the second half of a soft-max that runs
/// over chunks.
/// </summary>
sealed unsafe class ChunkMerge(ModelConfig config, WorkerPool pool) : ITiledJob
{
    /// <summary>Rows of a tile: fewer are not worth a dispatch.</summary>
    const int TileRows = 4;

    readonly int group = config.HeadCount / config.KeyValueHeadCount, size = config.HeadSize;
    ChunkSums sums = null!;
    PassRows rows = null!;
    float* target;
    int stride;

    /// <summary>target[row][head] = the row's weighted values over the sum of its weights.</summary>
    public void Run(ChunkSums sums, PassRows rows, float* target, int stride)
    {
        (this.sums, this.rows, this.stride) = (sums, rows, stride);
        this.target = target;
        pool.Run(this, (rows.Count + TileRows - 1) / TileRows);
    }

    public void RunTile(int tile, int worker)
    {
        for (int row = tile * TileRows; row < Math.Min(rows.Count, (tile + 1) * TileRows); row++)
            for (int head = 0; head < config.HeadCount; head++)
                Merge(row, head, target + (long)row * stride + head * size);
    }

    void Merge(int row, int head, float* merged)
    {
        int chunks = AttentionJob.Chunks(rows.Committed + rows.Path(row).Length);
        int keyHead = head / group, index = row * group + head % group;
        float largest = float.NegativeInfinity, sum = 0;
        for (int chunk = 0; chunk < chunks; chunk++)
            largest = MathF.Max(largest, sums.Weights(chunk, keyHead, index).Largest);
        new Span<float>(merged, size).Clear();
        for (int chunk = 0; chunk < chunks; chunk++)
        {
            ChunkWeights weights = sums.Weights(chunk, keyHead, index);
            float factor = VectorMath.Exp(new Vector<float>(weights.Largest - largest))[0];
            sum = MathF.FusedMultiplyAdd(weights.Sum, factor, sum);
            VectorMath.AddScaled(merged, sums.Values(chunk, keyHead, index), factor, size);
        }
        VectorMath.Scale(merged, 1 / sum, size, merged);
    }
}
