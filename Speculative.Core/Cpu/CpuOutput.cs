namespace Speculative;

/// <summary>
/// The hidden states after the final norm of a sequence's last pass. The head product runs when a row is first asked for, then for all rows
/// that lack it; very long outputs keep a window of logits. Where only the most likely tokens are asked for, no logits are kept. As much of
/// a row as was wanted in the last pass is expected to be wanted in this: its logits, or so many of its most likely tokens.
/// </summary>
/// <param name="forward">Computes the head.</param>
/// <param name="finish">Takes deferred hidden states, some from a node on, to what they should be, and says how many.</param>
sealed unsafe class CpuOutput(ForwardPass forward, Func<int, int> finish) : IModelOutput, IDisposable
{
    const long WindowBytes = 64 << 20;

    readonly NativeBuffer hidden = new(), logits = new();
    readonly TokenRanking ranking = new();
    readonly int windowRows = (int)Math.Max(PassRows.MaxRows, WindowBytes / (sizeof(float) * (long)forward.Config.VocabularySize));
    int[] best = []; // [nodes][tokensWanted], for the first bestEnd nodes
    int first, end, bestEnd, finished, tokensWanted = 1, tokensAsked = 1;
    bool rowsWanted, rowsAsked, disposed;

    public int NodeCount { get; private set; }

    public int VocabularySize => forward.Config.VocabularySize;

    /// <summary>Makes room for <paramref name="nodes"/> rows and keeps the first <paramref name="kept"/>.</summary>
    public void Resize(int nodes, int kept)
    {
        hidden.Grow((long)nodes * forward.HiddenStride, (long)kept * forward.HiddenStride);
        if (kept == 0)
            (rowsWanted, rowsAsked, tokensWanted, tokensAsked) = (rowsAsked, false, tokensAsked, 1);
        bestEnd = Math.Min(bestEnd, kept);
        NodeCount = finished = nodes;
        end = Math.Min(end, kept);
        if (end <= first)
            first = end = 0;
    }

    /// <summary>Where the hidden states of a node and those after it go; [nodes][hidden stride].</summary>
    public float* Hidden(int node) => hidden.Floats(0) + (long)node * forward.HiddenStride;

    /// <summary>The hidden states are not there yet: whoever asks for a row first has them finished.</summary>
    public void Defer() => finished = 0;

    public int ArgMax(int node)
    {
        ThrowIfOutOfRange(node);
        return rowsWanted || rowsAsked ? TokenRanking.ArgMax(Row(node), VocabularySize, node) : Best(node, 1)[0];
    }

    public void TopK(int node, Span<int> tokenIds)
    {
        if (tokenIds.Length > VocabularySize)
            throw new ArgumentException($"Expected at most {VocabularySize} tokens, got {tokenIds.Length}.", nameof(tokenIds));
        ThrowIfOutOfRange(node);
        if (tokenIds.IsEmpty)
            return;
        if (tokenIds.Length > RankingJob.MaxTokens)
            ranking.TopK(AskedRow(node), VocabularySize, node, tokenIds);
        else if (rowsWanted || rowsAsked)
            ranking.TopK(Row(node), VocabularySize, node, tokenIds);
        else
            Best(node, tokenIds.Length).CopyTo(tokenIds);
    }

    public void CopyLogits(int node, Span<float> logits)
    {
        if (logits.Length != VocabularySize)
            throw new ArgumentException($"Expected {VocabularySize} elements, got {logits.Length}.", nameof(logits));
        new ReadOnlySpan<float>(AskedRow(node), VocabularySize).CopyTo(logits);
    }

    public void Dispose()
    {
        disposed = true;
        hidden.Dispose();
        logits.Dispose();
        NodeCount = 0;
    }

    void ThrowIfOutOfRange(int node)
    {
        if ((uint)node >= (uint)NodeCount)
            throw new ArgumentOutOfRangeException(nameof(node), node, $"Expected a node from 0 to {NodeCount - 1}.");
    }

    /// <summary>The <paramref name="count"/> most likely tokens after a node.</summary>
    ReadOnlySpan<int> Best(int node, int count)
    {
        tokensAsked = Math.Max(tokensAsked, count);
        if (count > tokensWanted)
            (tokensWanted, bestEnd) = (count, 0);
        while (bestEnd <= node)
            FindBest();
        ReadOnlySpan<int> tokenIds = best.AsSpan(node * tokensWanted, count);
        return tokenIds[0] >= 0 ? tokenIds : throw new NonFiniteLogitsException(node);
    }

    /// <summary>Finds the most likely tokens of the next rows that lack them.</summary>
    void FindBest()
    {
        if (best.Length < NodeCount * tokensWanted)
            Array.Resize(ref best, Math.Max(NodeCount * tokensWanted, 2 * best.Length));
        int count = Math.Min(PassRows.MaxRows, NodeCount - bestEnd);
        Finish();
        lock (forward.Gate)
        {
            ObjectDisposedException.ThrowIf(disposed || forward.Disposed, this);
            forward.Rank(Hidden(bestEnd), count, tokensWanted, best.AsSpan(bestEnd * tokensWanted, count * tokensWanted));
        }
        bestEnd += count;
    }

    void Finish()
    {
        while (finished < NodeCount)
            finished += finish(finished);
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
        if (node < first || node >= first + windowRows)
            first = end = node / windowRows * windowRows;
        int target = Math.Min(first + windowRows, NodeCount);
        Finish();
        lock (forward.Gate)
        {
            ObjectDisposedException.ThrowIf(disposed || forward.Disposed, this);
            float* rows = logits.Grow((long)(target - first) * VocabularySize, (long)(end - first) * VocabularySize);
            forward.Logits(hidden.Floats(0) + (long)end * forward.HiddenStride, target - end, rows + (long)(end - first) * VocabularySize);
        }
        end = target;
    }
}
