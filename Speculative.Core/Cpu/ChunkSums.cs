namespace Speculative;

/// <summary>
/// What a pass has of each chunk of positions, by key/value head and query row: the largest score, the sum of the weights relative to it,
/// and the values summed with these weights.
/// </summary>
sealed unsafe class ChunkSums(ModelConfig config) : IDisposable
{
    readonly NativeBuffer memory = new();
    readonly int columns = StripKernel.RoundUp(config.HeadSize);
    int rows;

    /// <summary>Floats from one row's sums to the next.</summary>
    public int Stride => columns + 16;

    /// <summary>Makes room; what was there is lost.</summary>
    /// <param name="chunks">How many chunks.</param>
    /// <param name="queryRows">Query rows of one key/value head.</param>
    public void Reserve(int chunks, int queryRows)
    {
        rows = (queryRows + StripKernel.MaxRows - 1) / StripKernel.MaxRows * StripKernel.MaxRows;
        memory.Floats((long)chunks * config.KeyValueHeadCount * rows * Stride);
    }

    /// <summary>The values' sums.</summary>
    public float* Values(int chunk, int head, int row) =>
        memory.Floats(0) + (((long)chunk * config.KeyValueHeadCount + head) * rows + row) * Stride;

    /// <summary>What the weights are relative to, and their sum.</summary>
    public ref ChunkWeights Weights(int chunk, int head, int row) => ref *(ChunkWeights*)(Values(chunk, head, row) + columns);

    public void Dispose() => memory.Dispose();
}
