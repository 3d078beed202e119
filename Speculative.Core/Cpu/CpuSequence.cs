namespace Speculative;

/// <summary>One token sequence of a <see cref="CpuModel"/>.</summary>
sealed unsafe class CpuSequence : ICausalSequence
{
    readonly ForwardPass forward;
    readonly KvCache cache;
    readonly CpuOutput output;
    readonly AncestorMask mask;
    readonly PassRows rows;
    readonly int[] tokenIds, parents;
    readonly int maxNodes;
    int evaluated;
    bool disposed;

    public CpuSequence(ForwardPass forward, int maxContextLength, int maxTreeNodes)
    {
        this.forward = forward;
        MaxContextLength = maxContextLength;
        maxNodes = maxTreeNodes;
        cache = new(forward.Config, maxContextLength);
        output = new(forward);
        mask = new(maxTreeNodes);
        rows = new(maxTreeNodes);
        tokenIds = new int[maxTreeNodes];
        parents = new int[maxTreeNodes];
    }

    public int CommittedLength { get; private set; }

    public int MaxContextLength { get; }

    public IModelOutput Prefill(ReadOnlySpan<int> tokenIds)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        if (evaluated > 0)
            throw new InvalidOperationException("A tree is under evaluation: commit it or roll it back first.");
        ThrowIfTooLong(tokenIds.Length);
        ThrowIfUnknown(tokenIds, nameof(tokenIds));
        cache.Reserve(CommittedLength + tokenIds.Length, CommittedLength);
        float* hidden = output.Resize(tokenIds.Length, 0);
        lock (forward.Gate)
            while (!tokenIds.IsEmpty)
            {
                rows.TakeText(tokenIds, CommittedLength);
                forward.Run(rows, cache, hidden);
                CommittedLength += rows.Count;
                hidden += (long)rows.Count * forward.HiddenStride;
                tokenIds = tokenIds[rows.Count..];
            }
        return output;
    }

    public IModelOutput Evaluate(DraftTree tree)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        ArgumentNullException.ThrowIfNull(tree);
        ThrowIfNotGrown(tree);
        ThrowIfTooLong(tree.Count);
        ThrowIfUnknown(tree.TokenIds[evaluated..], nameof(tree));
        cache.Reserve(CommittedLength + tree.Count, CommittedLength + evaluated);
        mask.Update(tree);
        tree.TokenIds.CopyTo(tokenIds);
        tree.Parents.CopyTo(parents);
        float* hidden = output.Resize(tree.Count, evaluated);
        lock (forward.Gate)
            for (; evaluated < tree.Count; evaluated += rows.Count)
            {
                rows.TakeTree(tree, mask, evaluated, CommittedLength);
                forward.Run(rows, cache, hidden + (long)evaluated * forward.HiddenStride);
            }
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
        CommittedLength += acceptedPath.Length;
        Rollback();
    }

    public void Rollback()
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        evaluated = 0;
        mask.Reset();
    }

    public void Dispose()
    {
        disposed = true;
        cache.Dispose();
        output.Dispose();
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
