namespace Speculative;

/// <summary>
/// Rows of one length that are handed out one after another, all taken back at once, and reused. Taken in blocks, so that few steps
/// allocate.
/// </summary>
sealed class DistributionRows(int maxRows)
{
    /// <summary>About how long a block is: a short draft over a large vocabulary shall not take many rows.</summary>
    const int BlockLength = 1 << 20, FewestRows = 4, MostRows = 64;

    readonly List<float[]> blocks = [];
    int blockRows, length;

    /// <summary>The rows handed out.</summary>
    public int Count { get; private set; }

    /// <summary>Takes all rows back.</summary>
    public void Clear() => Count = 0;

    /// <summary>Hands out the next row, its content undefined.</summary>
    public int Rent(int rowLength)
    {
        if (rowLength != length)
        {
            if (Count > 0)
                throw new ArgumentException(
                    $"The tree's other distributions are over {length} tokens, this one over {rowLength}.", nameof(rowLength));
            blocks.Clear();
            (length, blockRows) = (rowLength, Math.Min(maxRows, Math.Clamp(BlockLength / rowLength, FewestRows, MostRows)));
        }
        if (Count == blocks.Count * blockRows)
            blocks.Add(GC.AllocateUninitializedArray<float>(checked(blockRows * length))); // large: pages cost memory once they are written
        return Count++;
    }

    /// <summary>A row that is handed out; [row length].</summary>
    public Span<float> Row(int row) => blocks[row / blockRows].AsSpan(row % blockRows * length, length);
}
