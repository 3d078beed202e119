using ILGPU;

namespace Speculative;

/// <summary>One token sequence of a <see cref="GpuModel"/>.</summary>
sealed class GpuSequence : INestedSequence
{
    readonly GpuForwardPass forward;
    readonly LayerRange[] ranges;
    readonly DeviceExitStates states;
    readonly SequenceTokens tokens;
    readonly GpuCache cache;
    readonly GpuOutput output;
    readonly DeviceBuffer parents, depths, ancestors, path;
    readonly int stride;
    bool disposed;

    public GpuSequence(GpuForwardPass forward, LayerRange[] ranges, int maxContextLength, int maxTreeNodes)
    {
        this.forward = forward;
        this.ranges = ranges;
        states = new(forward.Context, ranges.Length, forward.Config.HiddenSize, maxContextLength);
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

    public IModelOutput Prefill(ReadOnlySpan<int> tokenIds) => Prefill(tokenIds, ranges.Length - 1);

    public IModelOutput Evaluate(DraftTree tree) => Evaluate(tree, ranges.Length - 1);

    public IModelOutput Prefill(ReadOnlySpan<int> tokenIds, int exitIndex)
    {
        ThrowIfUnusable(exitIndex);
        tokens.ThrowIfNotAppendable(tokenIds);
        lock (forward.Gate)
        {
            Reserve(tokenIds.Length);
            output.Resize(tokenIds.Length, 0);
            for (int at = 0; at <= exitIndex; at++)
                while (states.Reached(at) < CommittedLength + tokenIds.Length)
                    Run(at, exitIndex, null, tokenIds);
        }
        tokens.Commit(tokenIds.Length);
        return output;
    }

    public IModelOutput Evaluate(DraftTree tree, int exitIndex)
    {
        ThrowIfUnusable(exitIndex);
        tokens.ThrowIfNotGrown(tree);
        lock (forward.Gate)
        {
            Reserve(tree.Count);
            output.Resize(tree.Count, Math.Max(0, states.Reached(exitIndex) - CommittedLength));
            if (tree.Count > tokens.Evaluated)
                ExtendTables(tree);
            for (int at = 0; at <= exitIndex; at++)
                while (states.Reached(at) < CommittedLength + tree.Count)
                    Run(at, exitIndex, tree, default);
        }
        tokens.Take(tree);
        return output;
    }

    public void Commit(ReadOnlySpan<int> acceptedPath)
    {
        ThrowIfUnusable(0);
        tokens.ThrowIfNotPath(acceptedPath);
        lock (forward.Gate)
        {
            forward.Context.Accelerator.Bind();
            if (acceptedPath[^1] != acceptedPath.Length - 1) // the rows do not lie where they belong yet
            {
                forward.Send(acceptedPath, path.Integers);
                cache.Compact(forward.Stream, CommittedLength, acceptedPath.Length, path.Integers);
            }
            states.Compact(forward.Stream, CommittedLength, acceptedPath, path.Integers);
        }
        tokens.Commit(acceptedPath.Length);
        states.Cut(CommittedLength);
    }

    public void Rollback()
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        tokens.Rollback();
        states.Cut(CommittedLength);
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
            foreach (IDisposable item in (IDisposable[])[cache, states, output, parents, depths, path, ancestors])
                item.Dispose();
        }
    }

    void Reserve(int count)
    {
        forward.Context.Accelerator.Bind();
        cache.Reserve(forward.Stream, CommittedLength + count, CommittedLength + tokens.Evaluated);
        states.Reserve(forward.Stream, CommittedLength + count);
        states.Cut(CommittedLength + tokens.Evaluated); // what a pass that failed left behind
    }

    void ExtendTables(DraftTree tree)
    {
        int first = tokens.Evaluated;
        forward.Send(tree.Parents[first..], parents.Integers.SubView(first, tree.Count - first));
        forward.ExtendTables(first, tree.Count, stride, parents.Integers, depths.Integers, ancestors.Integers);
    }

    /// <summary>Takes the next slots through the layers before an exit: committed ones that stopped above it, then new ones.</summary>
    void Run(int at, int exitIndex, DraftTree? tree, ReadOnlySpan<int> text)
    {
        int slot = states.Reached(at), node = slot - CommittedLength;
        int rows = Math.Min(Workspace.MaxRows, node < 0 ? -node : (tree?.Count ?? text.Length) - node);
        TreeTables tables = node < 0 || tree is null
            ? forward.Chain(slot, rows)
            : new(CommittedLength, node, rows, depths.Integers, ancestors.Integers, stride);
        if (at == 0)
            forward.SendTokens((tree is null ? text : tree.TokenIds).Slice(node, rows));
        forward.Run(tables, cache, ranges[at], new(
            at == 0 ? ArrayView<float>.Empty : states.Rows(at - 1, slot, rows), states.Rows(at, slot, rows),
            at == exitIndex && node >= 0 ? output.Hidden(node) : null));
        states.Advance(at, rows);
    }

    void ThrowIfUnusable(int exitIndex)
    {
        ObjectDisposedException.ThrowIf(disposed || forward.Disposed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(exitIndex);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(exitIndex, ranges.Length);
    }
}
