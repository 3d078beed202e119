namespace Speculative;

/// <summary>One token sequence of a <see cref="CpuModel"/>.</summary>
sealed unsafe class CpuSequence : INestedSequence
{
    readonly ForwardPass forward;
    readonly LayerRange[] ranges;
    readonly ExitStates states;
    readonly KvCache cache;
    readonly CpuOutput output;
    readonly AncestorMask mask;
    readonly PassRows rows;
    readonly SequenceTokens tokens;
    int textStart; // the first slot of the text read last
    bool disposed;

    public CpuSequence(ForwardPass forward, LayerRange[] ranges, int maxContextLength, int maxTreeNodes)
    {
        this.forward = forward;
        this.ranges = ranges;
        states = new(ranges.Length, forward.HiddenStride);
        tokens = new(forward.Config.VocabularySize, maxContextLength, maxTreeNodes);
        cache = new(forward.Config, forward.Strips, maxContextLength);
        output = new(forward, Finish);
        mask = new(maxTreeNodes);
        rows = new(maxTreeNodes);
    }

    public int CommittedLength => tokens.Committed;

    public int MaxContextLength => tokens.MaxContextLength;

    LayerRange LastLayer => new(ranges[^1].End - 1, ranges[^1].End);

    public IModelOutput Prefill(ReadOnlySpan<int> tokenIds) => Prefill(tokenIds, ranges.Length - 1);

    public IModelOutput Evaluate(DraftTree tree) => Evaluate(tree, ranges.Length - 1);

    public IModelOutput Prefill(ReadOnlySpan<int> tokenIds, int exitIndex)
    {
        ThrowIfUnusable(exitIndex);
        tokens.ThrowIfNotAppendable(tokenIds);
        Reserve(tokenIds.Length);
        output.Resize(tokenIds.Length, 0);
        Run(exitIndex, null, tokenIds);
        textStart = CommittedLength;
        tokens.Commit(tokenIds.Length);
        return output;
    }

    public IModelOutput Evaluate(DraftTree tree, int exitIndex)
    {
        ThrowIfUnusable(exitIndex);
        tokens.ThrowIfNotGrown(tree);
        Reserve(tree.Count);
        if (mask.Count > tokens.Evaluated)
            mask.Reset(); // it holds a tree whose pass failed
        mask.Update(tree);
        output.Resize(tree.Count, Math.Max(0, states.Reached(exitIndex) - CommittedLength));
        Run(exitIndex, tree, tree.TokenIds);
        tokens.Take(tree);
        return output;
    }

    public void Commit(ReadOnlySpan<int> acceptedPath)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        tokens.ThrowIfNotPath(acceptedPath);
        cache.Compact(CommittedLength, acceptedPath);
        states.Compact(CommittedLength, acceptedPath);
        tokens.Commit(acceptedPath.Length);
        Rollback();
    }

    public void Rollback()
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        tokens.Rollback();
        states.Cut(CommittedLength);
        mask.Reset();
    }

    public void Truncate(int length)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        tokens.Truncate(length);
        Rollback();
    }

    public void Dispose()
    {
        lock (forward.Gate) // a pass that is under way reads the cache to its end
        {
            disposed = true;
            cache.Dispose();
            states.Dispose();
            output.Dispose();
        }
    }

    void Reserve(int count)
    {
        cache.Reserve(CommittedLength + count, CommittedLength + tokens.Evaluated);
        states.Reserve(CommittedLength + count, MaxContextLength);
        states.Cut(CommittedLength + tokens.Evaluated); // what a pass that failed left behind
    }

    /// <summary>Takes all slots that are not there yet up to an exit. Other sequences may have their passes in between.</summary>
    void Run(int exitIndex, DraftTree? tree, ReadOnlySpan<int> tokenIds)
    {
        for (int at = 0; at <= exitIndex; at++)
            while (states.Reached(at) < CommittedLength + tokenIds.Length)
                lock (forward.Gate)
                {
                    ObjectDisposedException.ThrowIf(disposed || forward.Disposed, this);
                    Run(at, exitIndex, tree, tokenIds);
                }
    }

    /// <summary>Takes the next slots through the layers before an exit: committed ones that stopped above it, then new ones.</summary>
    void Run(int at, int exitIndex, DraftTree? tree, ReadOnlySpan<int> text)
    {
        int slot = states.Reached(at), node = slot - CommittedLength;
        if (node < 0)
            rows.TakeSlots(slot, -node);
        else if (tree is null)
            rows.TakeText(text[node..], slot);
        else
            rows.TakeTree(tree, mask, node, CommittedLength);
        float* before = at == 0 ? null : states.Row(at - 1, slot), shown = at == exitIndex && node >= 0 ? output.Hidden(node) : null;
        LayerRange range = ranges[at];
        if (shown != null && tree is null && at == ranges.Length - 1)
        {
            // A prompt's rows are seldom asked for, and later ones need no more of the last layer than its keys and values.
            forward.Run(rows, cache, range with { End = range.End - 1 }, new(before, shown, null));
            forward.Run(rows, cache, LastLayer, new(shown, null, null));
            output.Defer();
        }
        else
            forward.Run(rows, cache, range, new(before, states.Row(at, slot), shown));
        states.Advance(at, rows.Count);
    }

    /// <summary>
    /// Takes rows of the text just read through the last layer, in place; their keys and values are stored once more, as they are.
    /// </summary>
    /// <returns>How many rows.</returns>
    int Finish(int node)
    {
        lock (forward.Gate)
        {
            ObjectDisposedException.ThrowIf(disposed || forward.Disposed, this);
            rows.TakeSlots(textStart + node, output.NodeCount - node);
            forward.Run(rows, cache, LastLayer, new(output.Hidden(node), null, output.Hidden(node)));
            return rows.Count;
        }
    }

    void ThrowIfUnusable(int exitIndex)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(exitIndex);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(exitIndex, ranges.Length);
    }
}
