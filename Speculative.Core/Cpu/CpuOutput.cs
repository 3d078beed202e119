namespace Speculative;

/// <summary>
/// The hidden states after the final norm of a sequence's last pass. The head product runs when a row is first asked for, then for all rows
/// that lack it; very long outputs keep a window of logits. Where only the most likely tokens are asked for, no logits are kept; where
/// logits were wanted in the last pass, they will be in this, and the most likely token is looked up in them.
/// </summary>
sealed unsafe class CpuOutput(ForwardPass forward) : IModelOutput, IDisposable
{
    const long WindowBytes = 64 << 20;

    readonly NativeBuffer hidden = new(), logits = new();
    readonly TokenRanking ranking = new();
    readonly int windowRows = (int)Math.Max(PassRows.MaxRows, WindowBytes / (sizeof(float) * (long)forward.Config.VocabularySize));
    int?[] best = [];
    int first, end, bestEnd;
    bool rowsWanted, rowsAsked;

    public int NodeCount { get; private set; }

    public int VocabularySize => forward.Config.VocabularySize;

    /// <summary>Makes room for <paramref name="nodes"/> rows and keeps the first <paramref name="kept"/>.</summary>
    public void Resize(int nodes, int kept)
    {
        hidden.Grow((long)nodes * forward.HiddenStride, (long)kept * forward.HiddenStride);
        if (nodes > best.Length)
            Array.Resize(ref best, Math.Max(nodes, 2 * best.Length));
        if (kept == 0)
            (rowsWanted, rowsAsked) = (rowsAsked, false);
        bestEnd = Math.Min(bestEnd, kept);
        NodeCount = nodes;
        end = Math.Min(end, kept);
        if (end <= first)
            first = end = 0;
    }

    /// <summary>Where the hidden states of a node and those after it go; [nodes][hidden stride].</summary>
    public float* Hidden(int node) => hidden.Floats(0) + (long)node * forward.HiddenStride;

    public int ArgMax(int node)
    {
        ThrowIfOutOfRange(node);
        if (rowsWanted || rowsAsked)
            return TokenRanking.ArgMax(Row(node), VocabularySize, node);
        while (bestEnd <= node)
            FindBest();
        return best[node] ?? throw new NonFiniteLogitsException(node);
    }

    public void TopK(int node, Span<int> tokenIds)
    {
        if (tokenIds.Length > VocabularySize)
            throw new ArgumentException($"Expected at most {VocabularySize} tokens, got {tokenIds.Length}.", nameof(tokenIds));
        ranking.TopK(AskedRow(node), VocabularySize, node, tokenIds);
    }

    public void CopyLogits(int node, Span<float> logits)
    {
        if (logits.Length != VocabularySize)
            throw new ArgumentException($"Expected {VocabularySize} elements, got {logits.Length}.", nameof(logits));
        new ReadOnlySpan<float>(AskedRow(node), VocabularySize).CopyTo(logits);
    }

    public void Dispose()
    {
        hidden.Dispose();
        logits.Dispose();
        NodeCount = 0;
    }

    void ThrowIfOutOfRange(int node)
    {
        if ((uint)node >= (uint)NodeCount)
            throw new ArgumentOutOfRangeException(nameof(node), node, $"Expected a node from 0 to {NodeCount - 1}.");
    }

    /// <summary>Finds the most likely tokens of the next rows that lack them.</summary>
    void FindBest()
    {
        ObjectDisposedException.ThrowIf(forward.Disposed, this);
        int count = Math.Min(PassRows.MaxRows, NodeCount - bestEnd);
        lock (forward.Gate)
            forward.ArgMax(Hidden(bestEnd), best.AsSpan(bestEnd, count));
        bestEnd += count;
    }

    float* AskedRow(int node)
    {
        rowsAsked = true;
        return Row(node);
    }

    float* Row(int node)
    {
        ThrowIfOutOfRange(node);
        if (node < first || node >= end)
            Compute(node);
        return logits.Floats(0) + (long)(node - first) * VocabularySize;
    }

    void Compute(int node)
    {
        ObjectDisposedException.ThrowIf(forward.Disposed, this);
        if (node < first || node >= first + windowRows)
            first = end = node / windowRows * windowRows;
        int target = Math.Min(first + windowRows, NodeCount);
        float* rows = logits.Grow((long)(target - first) * VocabularySize, (long)(end - first) * VocabularySize);
        lock (forward.Gate)
            forward.Logits(hidden.Floats(0) + (long)end * forward.HiddenStride, target - end, rows + (long)(end - first) * VocabularySize);
        end = target;
    }
}
