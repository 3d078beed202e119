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
    readonly int[] tokenIds, parents;
    readonly int maxNodes;
    int evaluated;
    bool disposed;

    public CpuSequence(ForwardPass forward, LayerRange[] ranges, int maxContextLength, int maxTreeNodes)
    {
        this.forward = forward;
        this.ranges = ranges;
        states = new(ranges.Length, forward.HiddenStride);
        MaxContextLength = maxContextLength;
        maxNodes = maxTreeNodes;
        cache = new(forward.Config, forward.Strips, maxContextLength);
        output = new(forward);
        mask = new(maxTreeNodes);
        rows = new(maxTreeNodes);
        tokenIds = new int[maxTreeNodes];
        parents = new int[maxTreeNodes];
    }

    public int CommittedLength { get; private set; }

    public int MaxContextLength { get; }

    public IModelOutput Prefill(ReadOnlySpan<int> tokenIds) => Prefill(tokenIds, ranges.Length - 1);

    public IModelOutput Evaluate(DraftTree tree) => Evaluate(tree, ranges.Length - 1);

    public IModelOutput Prefill(ReadOnlySpan<int> tokenIds, int exitIndex)
    {
        ThrowIfUnusable(exitIndex);
        if (evaluated > 0)
            throw new InvalidOperationException("A tree is under evaluation: commit it or roll it back first.");
        ThrowIfTooLong(tokenIds.Length);
        ThrowIfUnknown(tokenIds, nameof(tokenIds));
        Reserve(tokenIds.Length);
        output.Resize(tokenIds.Length, 0);
        lock (forward.Gate)
            for (int at = 0; at <= exitIndex; at++)
                while (states.Reached(at) < CommittedLength + tokenIds.Length)
                    Run(at, exitIndex, null, tokenIds);
        CommittedLength += tokenIds.Length;
        return output;
    }

    public IModelOutput Evaluate(DraftTree tree, int exitIndex)
    {
        ThrowIfUnusable(exitIndex);
        ArgumentNullException.ThrowIfNull(tree);
        ThrowIfNotGrown(tree);
        ThrowIfTooLong(tree.Count);
        ThrowIfUnknown(tree.TokenIds[evaluated..], nameof(tree));
        Reserve(tree.Count);
        mask.Update(tree);
        tree.TokenIds.CopyTo(tokenIds);
        tree.Parents.CopyTo(parents);
        output.Resize(tree.Count, Math.Max(0, states.Reached(exitIndex) - CommittedLength));
        lock (forward.Gate)
            for (int at = 0; at <= exitIndex; at++)
                while (states.Reached(at) < CommittedLength + tree.Count)
                    Run(at, exitIndex, tree, default);
        evaluated = tree.Count;
        return output;
    }

    public void Commit(ReadOnlySpan<int> acceptedPath)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        if (evaluated == 0)
            throw new InvalidOperationException("No tree is under evaluation: call Evaluate first.");
        if (acceptedPath.IsEmpty)
            throw new ArgumentException("Expected at least the root, got an empty path.", nameof(acceptedPath));
        for (int i = 0, parent = -1; i < acceptedPath.Length; parent = acceptedPath[i++])
            if ((uint)acceptedPath[i] >= (uint)evaluated || parents[acceptedPath[i]] != parent)
                throw new ArgumentException(
                    $"Expected {(i == 0 ? "the root" : $"a child of node {parent}")} at index {i}, got {acceptedPath[i]}.",
                    nameof(acceptedPath));
        cache.Compact(CommittedLength, acceptedPath);
        states.Compact(CommittedLength, acceptedPath);
        CommittedLength += acceptedPath.Length;
        Rollback();
    }

    public void Rollback()
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        evaluated = 0;
        states.Cut(CommittedLength);
        mask.Reset();
    }

    public void Dispose()
    {
        disposed = true;
        cache.Dispose();
        states.Dispose();
        output.Dispose();
    }

    void Reserve(int count)
    {
        cache.Reserve(CommittedLength + count, CommittedLength + evaluated);
        states.Reserve(CommittedLength + count, MaxContextLength);
        states.Cut(CommittedLength + evaluated); // what a pass that failed left behind
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
        forward.Run(rows, cache, ranges[at], new(before, states.Row(at, slot), shown));
        states.Advance(at, rows.Count);
    }

    void ThrowIfUnusable(int exitIndex)
    {
        ObjectDisposedException.ThrowIf(disposed || forward.Disposed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(exitIndex);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(exitIndex, ranges.Length);
    }

    void ThrowIfNotGrown(DraftTree tree)
    {
        if (tree.Count == 0 || tree.Count < evaluated || tree.Count > maxNodes)
            throw new ArgumentException($"Expected {Math.Max(evaluated, 1)} to {maxNodes} nodes, got {tree.Count}.", nameof(tree));
        if (!tree.TokenIds[..evaluated].SequenceEqual(tokenIds.AsSpan(0, evaluated))
            || !tree.Parents[..evaluated].SequenceEqual(parents.AsSpan(0, evaluated)))
            throw new ArgumentException("Nodes that were evaluated have changed: commit or roll back before another tree.", nameof(tree));
    }

    void ThrowIfTooLong(int count)
    {
        if (CommittedLength + (long)count > MaxContextLength)
            throw new ContextOverflowException((int)Math.Min(CommittedLength + (long)count, int.MaxValue), MaxContextLength);
    }

    void ThrowIfUnknown(ReadOnlySpan<int> ids, string parameter)
    {
        foreach (int id in ids)
            if ((uint)id >= (uint)forward.Config.VocabularySize)
                throw new ArgumentOutOfRangeException(parameter, id, $"Expected token ids from 0 to {forward.Config.VocabularySize - 1}.");
    }
}
