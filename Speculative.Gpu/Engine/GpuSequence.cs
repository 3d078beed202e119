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
    readonly DeviceTree drafted;
    readonly DeviceBuffer path;
    bool disposed;

    public GpuSequence(GpuForwardPass forward, LayerRange[] ranges, int maxContextLength, int maxTreeNodes)
    {
        this.forward = forward;
        this.ranges = ranges;
        states = new(forward.Context, ranges.Length, forward.Config.HiddenSize, maxContextLength);
        int largest = Math.Min(maxTreeNodes, maxContextLength);
        tokens = new(forward.Config.VocabularySize, maxContextLength, maxTreeNodes);
        cache = new(forward.Context, forward.Config, forward.Options.CacheFormat, maxContextLength);
        drafted = new(forward.Context, largest);
        output = new(forward, drafted);
        path = new(forward.Context, largest * sizeof(int), "A sequence's accepted path");
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
            ObjectDisposedException.ThrowIf(disposed, this);
            Reserve(tokenIds.Length);
            drafted.Forget();
            output.Resize(tokenIds.Length, 0);
            for (int at = 0; at <= exitIndex; at++)
                while (states.Reached(at) < CommittedLength + tokenIds.Length)
                    Run(at, exitIndex, null, tokenIds);
            // Whoever reads a prompt in pieces looks at the clock and for a cancellation between them.
            forward.Stream.Synchronize();
        }
        tokens.Commit(tokenIds.Length);
        return output;
    }

    public IModelOutput Evaluate(DraftTree tree, int exitIndex)
    {
        ThrowIfUnusable(exitIndex);
        tokens.ThrowIfNotGrown(tree);
        ThrowIfTooDeep(tree);
        lock (forward.Gate)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            Reserve(tree.Count);
            output.Resize(tree.Count, Math.Max(0, states.Reached(exitIndex) - CommittedLength));
            drafted.Take(tree, tokens.Evaluated, forward.Stream, forward.Integers);
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
            ObjectDisposedException.ThrowIf(disposed, this);
            forward.Context.Accelerator.Bind();
            ReadOnlySpan<int> rows = drafted.Rows(acceptedPath);
            if (rows[^1] != rows.Length - 1) // they do not lie where they belong yet
            {
                forward.Send(rows, path.Integers);
                cache.Compact(forward.Stream, CommittedLength, rows.Length, path.Integers);
            }
            states.Compact(forward.Stream, CommittedLength, rows, path.Integers);
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

    public void Truncate(int length)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        tokens.Truncate(length);
        Rollback();
    }

    public void Dispose()
    {
        lock (forward.Gate)
        {
            if (disposed)
                return;
            disposed = true;
            if (!forward.Disposed)
            {
                forward.Stream.Synchronize();
                cache.Forget(forward.Graphs);
            }
            foreach (IDisposable item in (IDisposable[])[cache, states, output, drafted, path])
                item.Dispose();
        }
    }

    void Reserve(int count)
    {
        forward.Context.Accelerator.Bind();
        cache.Reserve(forward.Stream, CommittedLength + count, CommittedLength + tokens.Evaluated, forward.Graphs);
        states.Reserve(forward.Stream, CommittedLength + count);
        states.Cut(CommittedLength + tokens.Evaluated); // what a pass that failed left behind
    }

    /// <summary>Takes the next slots through the layers before an exit: committed ones that stopped above it, then new ones.</summary>
    void Run(int at, int exitIndex, DraftTree? tree, ReadOnlySpan<int> text)
    {
        int slot = states.Reached(at), node = slot - CommittedLength;
        int rows = Math.Min(Workspace.MaxRows, node < 0 ? -node : (tree?.Count ?? text.Length) - node);
        TreeTables tables = node < 0 || tree is null || drafted.IsChain
            ? forward.Chain(slot, rows)
            : drafted.Tables(CommittedLength, node, rows);
        if (at == 0)
            forward.SendTokens((tree is null ? text : drafted.TokenIds).Slice(node, rows));
        forward.Run(tables, cache, ranges[at], new(
            at == 0 ? ArrayView<float>.Empty : states.Rows(at - 1, slot, rows), states.Rows(at, slot, rows),
            tree is null || node < 0, at == exitIndex && node >= 0 ? output.Hidden(node) : null));
        states.Advance(at, rows);
    }

    void ThrowIfTooDeep(DraftTree tree)
    {
        int deepest = 0, most = forward.Options.MaxTreeDepth;
        foreach (int depth in tree.Depths)
            deepest = Math.Max(deepest, depth);
        if (deepest > most && deepest < tree.Count - 1)
            throw new ArgumentException(
                $"Expected a tree at most {most} deep, or a chain, got a tree {deepest} deep: draft less far, or open the model with a "
                + $"larger {nameof(GpuModelOptions.MaxTreeDepth)}.", nameof(tree));
    }

    void ThrowIfUnusable(int exitIndex)
    {
        ObjectDisposedException.ThrowIf(disposed || forward.Disposed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(exitIndex);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(exitIndex, ranges.Length);
    }
}
