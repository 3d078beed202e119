namespace Speculative;

/// <summary>One token sequence of a <see cref="GpuModel"/>.</summary>
sealed class GpuSequence : ICausalSequence
{
    readonly GpuForwardPass forward;
    readonly SequenceTokens tokens;
    readonly GpuCache cache;
    readonly GpuOutput output;
    readonly DeviceBuffer parents, depths, ancestors, path;
    readonly int stride;
    bool disposed;

    public GpuSequence(GpuForwardPass forward, int maxContextLength, int maxTreeNodes)
    {
        this.forward = forward;
        const string purpose = "A sequence's table of ancestors";
        stride = Math.Min(maxTreeNodes, maxContextLength);
        tokens = new(forward.Config.VocabularySize, maxContextLength, maxTreeNodes);
        cache = new(forward.Context, forward.Config, forward.CacheType, maxContextLength);
        output = new(forward);
        parents = new(forward.Context, stride * sizeof(int), purpose);
        depths = new(forward.Context, stride * sizeof(int), purpose);
        path = new(forward.Context, stride * sizeof(int), purpose);
        ancestors = new(forward.Context, (long)stride * stride * sizeof(int), purpose);
    }

    public int CommittedLength => tokens.Committed;

    public int MaxContextLength => tokens.MaxContextLength;

    public IModelOutput Prefill(ReadOnlySpan<int> tokenIds)
    {
        ThrowIfUnusable();
        tokens.ThrowIfNotAppendable(tokenIds);
        lock (forward.Gate)
        {
            Reserve(tokenIds.Length, 0);
            for (int first = 0; first < tokenIds.Length; first += Workspace.MaxRows)
            {
                int rows = Math.Min(Workspace.MaxRows, tokenIds.Length - first);
                forward.SendTokens(tokenIds.Slice(first, rows));
                forward.Run(forward.Chain(CommittedLength + first, rows), cache, output.Hidden(first));
            }
        }
        tokens.Commit(tokenIds.Length);
        return output;
    }

    public IModelOutput Evaluate(DraftTree tree)
    {
        ThrowIfUnusable();
        tokens.ThrowIfNotGrown(tree);
        int evaluated = tokens.Evaluated;
        lock (forward.Gate)
        {
            Reserve(tree.Count, evaluated);
            if (tree.Count > evaluated)
            {
                forward.Send(tree.Parents[evaluated..], parents.Integers.SubView(evaluated, tree.Count - evaluated));
                forward.ExtendTables(evaluated, tree.Count, stride, parents.Integers, depths.Integers, ancestors.Integers);
            }
            for (int first = evaluated; first < tree.Count; first += Workspace.MaxRows)
            {
                int rows = Math.Min(Workspace.MaxRows, tree.Count - first);
                forward.SendTokens(tree.TokenIds.Slice(first, rows));
                forward.Run(
                    new(CommittedLength, first, rows, depths.Integers, ancestors.Integers, stride), cache, output.Hidden(first));
            }
        }
        tokens.Take(tree);
        return output;
    }

    public void Commit(ReadOnlySpan<int> acceptedPath)
    {
        ThrowIfUnusable();
        tokens.ThrowIfNotPath(acceptedPath);
        if (acceptedPath[^1] != acceptedPath.Length - 1) // the rows do not lie where they belong yet
            lock (forward.Gate)
            {
                forward.Context.Accelerator.Bind();
                forward.Send(acceptedPath, path.Integers);
                cache.Compact(forward.Stream, CommittedLength, acceptedPath.Length, path.Integers);
            }
        tokens.Commit(acceptedPath.Length);
    }

    public void Rollback()
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        tokens.Rollback();
    }

    public void Dispose()
    {
        if (disposed)
            return;
        disposed = true;
        lock (forward.Gate)
        {
            if (!forward.Disposed)
                forward.Stream.Synchronize();
            foreach (IDisposable item in (IDisposable[])[cache, output, parents, depths, path, ancestors])
                item.Dispose();
        }
    }

    void Reserve(int count, int kept)
    {
        forward.Context.Accelerator.Bind();
        cache.Reserve(forward.Stream, CommittedLength + count, CommittedLength + kept);
        output.Resize(count, kept);
    }

    void ThrowIfUnusable() => ObjectDisposedException.ThrowIf(disposed || forward.Disposed, this);
}
