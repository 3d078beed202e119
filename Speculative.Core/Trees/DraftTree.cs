namespace Speculative;

/// <summary>
/// The candidates of one step as a rooted tree in struct-of-arrays form: node 0 is the root token (the last emitted token, whose keys and
/// values are not in the cache yet), every other node is a drafted token. Append-only within a step, reused for every step, never allocates
/// after construction.
/// </summary>
/// <remarks>
/// Invariants: <c>Parents[i] &lt; i</c>; siblings hold distinct tokens; sibling order is the order of <see cref="Add"/> (the draw order that
/// sampled acceptance needs). The tree mask is derived from <see cref="Parents"/> (see <see cref="AncestorMask"/>) and never passed beside it.
/// Not thread-safe.
/// </remarks>
public sealed class DraftTree
{
    readonly int[] tokenIds;
    readonly int[] parents;
    readonly int[] depths;
    readonly int[] firstChildren;
    readonly int[] lastChildren;
    readonly int[] nextSiblings;

    /// <summary>Creates an empty tree.</summary>
    /// <param name="maxNodes">The most nodes, root included, that any step may hold; at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxNodes"/> is below 1.</exception>
    public DraftTree(int maxNodes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxNodes, 1);
        MaxNodes = maxNodes;
        tokenIds = new int[maxNodes];
        parents = new int[maxNodes];
        depths = new int[maxNodes];
        firstChildren = new int[maxNodes];
        lastChildren = new int[maxNodes];
        nextSiblings = new int[maxNodes];
    }

    /// <summary>The most nodes, root included, that the tree can ever hold.</summary>
    public int MaxNodes { get; }

    /// <summary>The most nodes, root included, of the present step; set by <see cref="Reset"/>.</summary>
    public int Capacity { get; private set; }

    /// <summary>The nodes present, root included.</summary>
    public int Count { get; private set; }

    /// <summary>How many nodes may still be added in this step.</summary>
    public int Room => Capacity - Count;

    /// <summary>The token of each node; [Count].</summary>
    public ReadOnlySpan<int> TokenIds => tokenIds.AsSpan(0, Count);

    /// <summary>The parent of each node, -1 for the root; [Count].</summary>
    public ReadOnlySpan<int> Parents => parents.AsSpan(0, Count);

    /// <summary>The distance of each node from the root, 0 for the root; [Count].</summary>
    public ReadOnlySpan<int> Depths => depths.AsSpan(0, Count);

    /// <summary>Empties the tree and places the root.</summary>
    /// <param name="rootTokenId">The last emitted token.</param>
    /// <param name="capacity">The most nodes of this step, root included: 1 (no draft) to <see cref="MaxNodes"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="capacity"/> is out of range.</exception>
    public void Reset(int rootTokenId, int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capacity, MaxNodes);
        Capacity = capacity;
        Count = 0;
        Append(-1, 0, rootTokenId);
    }

    /// <summary>Appends a drafted token as the last child of <paramref name="parent"/>: a point mass, proposed deterministically.</summary>
    /// <param name="parent">An existing node.</param>
    /// <param name="tokenId">A token that no sibling holds yet.</param>
    /// <returns>The new node's index.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="parent"/> is not a node.</exception>
    /// <exception cref="ArgumentException">A sibling already holds <paramref name="tokenId"/>.</exception>
    /// <exception cref="InvalidOperationException">The tree is full.</exception>
    public int Add(int parent, int tokenId)
    {
        ThrowIfNotNode(parent);
        if (Count == Capacity)
            throw new InvalidOperationException($"The draft tree is full: its capacity in this step is {Capacity} nodes. Check Room before Add.");
        if (FindChild(parent, tokenId) >= 0)
            throw new ArgumentException($"Node {parent} already has a child with token {tokenId}; siblings must be distinct.", nameof(tokenId));
        int node = Count;
        Append(parent, depths[parent] + 1, tokenId);
        if (firstChildren[parent] < 0)
            firstChildren[parent] = node;
        else
            nextSiblings[lastChildren[parent]] = node;
        lastChildren[parent] = node;
        return node;
    }

    /// <summary>The first drafted child of a node, or -1.</summary>
    /// <param name="node">An existing node.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="node"/> is not a node.</exception>
    public int FirstChild(int node)
    {
        ThrowIfNotNode(node);
        return firstChildren[node];
    }

    /// <summary>The sibling drafted after a node, or -1.</summary>
    /// <param name="node">An existing node.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="node"/> is not a node.</exception>
    public int NextSibling(int node)
    {
        ThrowIfNotNode(node);
        return nextSiblings[node];
    }

    /// <summary>The child of <paramref name="parent"/> that holds <paramref name="tokenId"/>, or -1.</summary>
    /// <param name="parent">An existing node.</param>
    /// <param name="tokenId">The token looked for.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="parent"/> is not a node.</exception>
    public int FindChild(int parent, int tokenId)
    {
        int child = FirstChild(parent);
        while (child >= 0 && tokenIds[child] != tokenId)
            child = nextSiblings[child];
        return child;
    }

    void Append(int parent, int depth, int tokenId)
    {
        tokenIds[Count] = tokenId;
        parents[Count] = parent;
        depths[Count] = depth;
        firstChildren[Count] = lastChildren[Count] = nextSiblings[Count] = -1;
        Count++;
    }

    void ThrowIfNotNode(int node)
    {
        if ((uint)node >= (uint)Count)
            throw new ArgumentOutOfRangeException(nameof(node), node, $"Expected a node from 0 to {Count - 1}.");
    }
}
