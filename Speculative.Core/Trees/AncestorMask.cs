using System.Numerics;

namespace Speculative;

/// <summary>
/// Which nodes of a draft tree a node attends to: its ancestors and itself, one bit each, derived from the tree's parents. (Committed
/// tokens are visible to every node and need no bits.)
/// </summary>
/// <remarks>Rows are built incrementally: <see cref="Update"/> adds the rows of nodes added since the last call. Not thread-safe.</remarks>
public sealed class AncestorMask
{
    readonly ulong[] bits;

    /// <summary>Creates a mask without rows.</summary>
    /// <param name="maxNodes">The most nodes, root included; at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxNodes"/> is below 1.</exception>
    public AncestorMask(int maxNodes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxNodes, 1);
        MaxNodes = maxNodes;
        WordsPerRow = (maxNodes + 63) / 64;
        bits = new ulong[maxNodes * WordsPerRow];
    }

    /// <summary>The most nodes, root included.</summary>
    public int MaxNodes { get; }

    /// <summary>The rows present.</summary>
    public int Count { get; private set; }

    /// <summary>The length of a row in 64-bit words.</summary>
    public int WordsPerRow { get; }

    /// <summary>Forgets all rows.</summary>
    public void Reset() => Count = 0;

    /// <summary>Adds the rows of the nodes that <paramref name="tree"/> has beyond <see cref="Count"/>.</summary>
    /// <param name="tree">The tree whose first <see cref="Count"/> nodes are the ones already here.</param>
    /// <exception cref="ArgumentException">The tree has more than <see cref="MaxNodes"/> nodes.</exception>
    public void Update(DraftTree tree)
    {
        if (tree.Count > MaxNodes)
            throw new ArgumentException($"The tree has {tree.Count} nodes; this mask holds at most {MaxNodes}.", nameof(tree));
        ReadOnlySpan<int> parents = tree.Parents;
        for (; Count < tree.Count; Count++)
        {
            Span<ulong> row = bits.AsSpan(Count * WordsPerRow, WordsPerRow);
            if (parents[Count] < 0)
                row.Clear();
            else
                Row(parents[Count]).CopyTo(row);
            row[Count >> 6] |= 1UL << (Count & 63);
        }
    }

    /// <summary>
    /// The visible nodes of <paramref name="node"/>: bit j of the row is set when node j is the node itself or an ancestor.
    /// </summary>
    /// <param name="node">A node below <see cref="Count"/>.</param>
    public ReadOnlySpan<ulong> Row(int node) => bits.AsSpan(node * WordsPerRow, WordsPerRow);

    /// <summary>Whether <paramref name="ancestor"/> is <paramref name="node"/> itself or lies on its path to the root.</summary>
    /// <param name="node">A node below <see cref="Count"/>.</param>
    /// <param name="ancestor">A node below <see cref="Count"/>.</param>
    public bool IsVisible(int node, int ancestor) => (Row(node)[ancestor >> 6] >> (ancestor & 63) & 1) != 0;

    /// <summary>
    /// Writes the path from the root to <paramref name="node"/>, both included: ascending node indices, which is ascending depth.
    /// </summary>
    /// <param name="node">A node below <see cref="Count"/>.</param>
    /// <param name="path">Receives the path; at least depth + 1 long.</param>
    /// <returns>The path's length: the node's depth + 1.</returns>
    public int CopyPath(int node, Span<int> path)
    {
        int length = 0;
        ReadOnlySpan<ulong> row = Row(node);
        for (int word = 0; word <= node >> 6; word++)
            for (ulong rest = row[word]; rest != 0; rest &= rest - 1)
                path[length++] = (word << 6) + BitOperations.TrailingZeroCount(rest);
        return length;
    }
}
