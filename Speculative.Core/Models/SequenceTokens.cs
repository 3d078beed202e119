namespace Speculative;

/// <summary>
/// What a sequence knows of its tokens, whatever computes them: how many are committed, which tree is under evaluation. Makes the checks of
/// <see cref="ICausalSequence"/>'s contract.
/// </summary>
sealed class SequenceTokens(int vocabularySize, int maxContextLength, int maxNodes)
{
    readonly int[] tokenIds = new int[maxNodes], parents = new int[maxNodes];

    /// <summary>The tokens whose keys and values are final.</summary>
    public int Committed { get; private set; }

    /// <summary>The nodes of the tree that were evaluated.</summary>
    public int Evaluated { get; private set; }

    /// <summary>The most slots.</summary>
    public int MaxContextLength => maxContextLength;

    /// <summary>Whether a text may be appended.</summary>
    public void ThrowIfNotAppendable(ReadOnlySpan<int> text)
    {
        if (Evaluated > 0)
            throw new InvalidOperationException("A tree is under evaluation: commit it or roll it back first.");
        ThrowIfTooLong(text.Length);
        ThrowIfUnknown(text, "tokenIds");
    }

    /// <summary>Whether a tree is what was evaluated, grown, and fits.</summary>
    public void ThrowIfNotGrown(DraftTree tree)
    {
        ArgumentNullException.ThrowIfNull(tree);
        if (tree.Count == 0 || tree.Count < Evaluated || tree.Count > maxNodes)
            throw new ArgumentException($"Expected {Math.Max(Evaluated, 1)} to {maxNodes} nodes, got {tree.Count}.", nameof(tree));
        if (!tree.TokenIds[..Evaluated].SequenceEqual(tokenIds.AsSpan(0, Evaluated))
            || !tree.Parents[..Evaluated].SequenceEqual(parents.AsSpan(0, Evaluated)))
            throw new ArgumentException("Nodes that were evaluated have changed: commit or roll back before another tree.", nameof(tree));
        ThrowIfTooLong(tree.Count);
        ThrowIfUnknown(tree.TokenIds[Evaluated..], nameof(tree));
    }

    /// <summary>Whether a path can be committed.</summary>
    public void ThrowIfNotPath(ReadOnlySpan<int> acceptedPath)
    {
        if (Evaluated == 0)
            throw new InvalidOperationException("No tree is under evaluation: call Evaluate first.");
        if (acceptedPath.IsEmpty)
            throw new ArgumentException("Expected at least the root, got an empty path.", nameof(acceptedPath));
        for (int i = 0, parent = -1; i < acceptedPath.Length; parent = acceptedPath[i++])
            if ((uint)acceptedPath[i] >= (uint)Evaluated || parents[acceptedPath[i]] != parent)
                throw new ArgumentException(
                    $"Expected {(i == 0 ? "the root" : $"a child of node {parent}")} at index {i}, got {acceptedPath[i]}.",
                    nameof(acceptedPath));
    }

    /// <summary>Notes that a tree is evaluated whole.</summary>
    public void Take(DraftTree tree)
    {
        tree.TokenIds.CopyTo(tokenIds);
        tree.Parents.CopyTo(parents);
        Evaluated = tree.Count;
    }

    /// <summary>Notes that tokens became final; no tree is under evaluation afterwards.</summary>
    public void Commit(int count)
    {
        Committed += count;
        Evaluated = 0;
    }

    /// <summary>Forgets the tree.</summary>
    public void Rollback() => Evaluated = 0;

    /// <summary>Forgets the tree and the committed tokens from <paramref name="length"/> on.</summary>
    public void Truncate(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Committed);
        Committed = length;
        Rollback();
    }

    void ThrowIfTooLong(int count)
    {
        if (Committed + (long)count > maxContextLength)
            throw new ContextOverflowException((int)Math.Min(Committed + (long)count, int.MaxValue), maxContextLength);
    }

    void ThrowIfUnknown(ReadOnlySpan<int> ids, string parameter)
    {
        foreach (int id in ids)
            if ((uint)id >= (uint)vocabularySize)
                throw new ArgumentOutOfRangeException(parameter, id, $"Expected token ids from 0 to {vocabularySize - 1}.");
    }
}
