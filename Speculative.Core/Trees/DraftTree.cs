namespace Speculative;

/// <summary>
/// A step's draft as a rooted tree in struct-of-arrays form: node 0 is the root token (the last emitted token, whose keys and values are
/// not in the cache yet), every other node is a drafted token. Append-only within a step, reused for every step; allocates nothing once a
/// step has rented as many distributions as any will.
/// </summary>
/// <remarks>
/// <para>Invariants: <c>Parents[i] &lt; i</c>; siblings hold distinct tokens; sibling order is the order of <see cref="Add"/> (the draw
/// order that sampled acceptance needs). The tree mask is derived from <see cref="Parents"/> (see <see cref="AncestorMask"/>) and never
/// passed beside it.</para>
/// <para>Children are point masses until <see cref="RentChildDistribution"/> gives their parent a distribution; those added from then on
/// were drawn from it, in the order of their <see cref="Add"/>. Whether to draw again may depend on all that was drawn, but a token once
/// drawn must be added: leaving one out biases the output.</para>
/// <para>A draw with replacement may give a token that a sibling holds already. Such a draw can never be accepted (an acceptance rule
/// reaches it only after that sibling failed, when nothing is left of the target there), so it is no node, but it does change what is left
/// of the target: <see cref="Repeats"/> counts these draws at the place where they happened.</para>
/// <para>Not thread-safe.</para>
/// </remarks>
public sealed class DraftTree
{
    readonly int[] tokenIds;
    readonly int[] parents;
    readonly int[] depths;
    readonly int[] firstChildren;
    readonly int[] lastChildren;
    readonly int[] nextSiblings;
    readonly int[] repeats;
    readonly int[] distributions;
    readonly ProposalKind[] kinds;
    readonly ProposalKind[] childKinds;
    readonly DistributionRows rows;
    readonly int vocabularySize;

    /// <summary>Creates an empty tree.</summary>
    /// <param name="maxNodes">The most nodes, root included, that any step may hold; at least 1.</param>
    /// <param name="vocabularySize">The target's: no other token can be added; unknown if left out.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is below 1.</exception>
    public DraftTree(int maxNodes, int vocabularySize = int.MaxValue)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxNodes, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabularySize, 1);
        (MaxNodes, this.vocabularySize) = (maxNodes, vocabularySize);
        tokenIds = new int[maxNodes];
        parents = new int[maxNodes];
        depths = new int[maxNodes];
        firstChildren = new int[maxNodes];
        lastChildren = new int[maxNodes];
        nextSiblings = new int[maxNodes];
        repeats = new int[maxNodes];
        distributions = new int[maxNodes];
        kinds = new ProposalKind[maxNodes];
        childKinds = new ProposalKind[maxNodes];
        rows = new(maxNodes);
    }

    /// <summary>The most nodes, root included, that the tree can ever hold.</summary>
    public int MaxNodes { get; }

    /// <summary>The most nodes, root included, of the present step; set by <see cref="Reset"/>.</summary>
    public int Capacity { get; private set; }

    /// <summary>The nodes present, root included.</summary>
    public int Count { get; private set; }

    /// <summary>How many nodes may still be added in this step.</summary>
    public int Room => Capacity - Count;

    /// <summary>The deepest level that may hold nodes in this step: what the target can check; set by <see cref="Reset"/>.</summary>
    public int MaxDepth { get; private set; }

    /// <summary>The token of each node; [Count].</summary>
    public ReadOnlySpan<int> TokenIds => tokenIds.AsSpan(0, Count);

    /// <summary>The parent of each node, -1 for the root; [Count].</summary>
    public ReadOnlySpan<int> Parents => parents.AsSpan(0, Count);

    /// <summary>The distance of each node from the root, 0 for the root; [Count].</summary>
    public ReadOnlySpan<int> Depths => depths.AsSpan(0, Count);

    /// <summary>Whether any node has a <see cref="ChildDistribution"/>; without one, all nodes are point masses.</summary>
    public bool HasDistributions => rows.Count > 0;

    /// <summary>The nodes that are not point masses.</summary>
    internal int DrawnCount => HasDistributions ? Count - kinds.AsSpan(0, Count).Count(ProposalKind.PointMass) : 0;

    /// <summary>
    /// How many of these drafts the drafter expects to be accepted, by its own estimate: what it says beside its draft, for whoever
    /// compares estimates with outcomes. 0 where it says nothing; it changes nothing else. Set by the drafter, 0 again after <see
    /// cref="Reset"/>.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative, infinite or not a number.</exception>
    public double ExpectedAcceptedLength
    {
        get;
        set => field = value >= 0 && double.IsFinite(value)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "Expected a finite number of tokens, 0 or more.");
    }

    /// <summary>Empties the tree and places the root.</summary>
    /// <param name="rootTokenId">The last emitted token.</param>
    /// <param name="capacity">The most nodes of this step, root included: 1 (no draft) to <see cref="MaxNodes"/>.</param>
    /// <param name="maxDepth">The deepest level that may hold nodes; at least 0 (no draft), no limit if left out.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of range.</exception>
    public void Reset(int rootTokenId, int capacity, int maxDepth = int.MaxValue)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capacity, MaxNodes);
        ArgumentOutOfRangeException.ThrowIfNegative(maxDepth);
        (Capacity, MaxDepth) = (capacity, maxDepth);
        Count = 0;
        ExpectedAcceptedLength = 0;
        rows.Clear();
        Append(-1, 0, rootTokenId);
    }

    /// <summary>Whether a node may have another child: neither <see cref="Room"/> nor <see cref="MaxDepth"/> stands against it.</summary>
    /// <param name="parent">An existing node.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="parent"/> is not a node.</exception>
    public bool CanGrow(int parent)
    {
        ThrowIfNotNode(parent);
        return Count < Capacity && depths[parent] < MaxDepth;
    }

    /// <summary>
    /// Appends a drafted token as the last child of <paramref name="parent"/>: a point mass, or drawn if the parent has a distribution.
    /// </summary>
    /// <param name="parent">An existing node.</param>
    /// <param name="tokenId">A token that no sibling holds yet; where children are drawn with replacement, any token.</param>
    /// <returns>The new node's index, or that of the sibling that a draw with replacement repeats.</returns>
    /// <exception cref="ArgumentOutOfRangeException">
    /// <paramref name="parent"/> is not a node, or the target has no such token.
    /// </exception>
    /// <exception cref="ArgumentException">A sibling already holds <paramref name="tokenId"/>.</exception>
    /// <exception cref="InvalidOperationException">The tree is full, or the node would be too deep.</exception>
    public int Add(int parent, int tokenId)
    {
        if (!CanGrow(parent))
            throw new InvalidOperationException(
                $"The draft tree is full: this step may have {Capacity} nodes and {MaxDepth} levels. Check CanGrow before Add.");
        if ((uint)tokenId >= (uint)vocabularySize)
            throw new ArgumentOutOfRangeException(
                nameof(tokenId), tokenId, $"Expected one of the target's tokens, 0 to {vocabularySize - 1}.");
        int sibling = FindChild(parent, tokenId);
        if (sibling >= 0 && childKinds[parent] != ProposalKind.SampledWithReplacement)
            throw new ArgumentException(
                $"Node {parent} already has a child with token {tokenId}; siblings must be distinct.", nameof(tokenId));
        if (sibling >= 0)
        {
            repeats[lastChildren[parent]]++;
            return sibling;
        }
        int node = Count;
        Append(parent, depths[parent] + 1, tokenId);
        kinds[node] = childKinds[parent];
        if (firstChildren[parent] < 0)
            firstChildren[parent] = node;
        else
            nextSiblings[lastChildren[parent]] = node;
        lastChildren[parent] = node;
        return node;
    }

    /// <summary>
    /// Gives a node the distribution that the children added from now on are drawn from. Children added before stay point masses; a drawing
    /// without replacement must give their tokens no probability.
    /// </summary>
    /// <param name="node">An existing node without a distribution.</param>
    /// <param name="length">The row's length: the target's vocabulary, the same for all nodes of a tree.</param>
    /// <param name="kind">Whether drawn tokens leave the distribution for the draws after them.</param>
    /// <returns>
    /// The row to fill before the first draw: not negative, with a positive sum (which need not be 1), as it is before anything is drawn.
    /// Undefined content at first; owned by the tree, valid until <see cref="Reset"/>.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException">
    /// <paramref name="node"/> is not a node, <paramref name="length"/> is below 1, or <paramref name="kind"/> is not a sampled one.
    /// </exception>
    /// <exception cref="ArgumentException">The target's vocabulary or the tree's other distributions have another length.</exception>
    /// <exception cref="InvalidOperationException">The node has a distribution already.</exception>
    public Span<float> RentChildDistribution(int node, int length, ProposalKind kind = ProposalKind.SampledWithoutReplacement)
    {
        ThrowIfNotNode(node);
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        if (vocabularySize != int.MaxValue && length != vocabularySize)
            throw new ArgumentException(
                $"Expected a distribution over the target's {vocabularySize} tokens, got one over {length}.", nameof(length));
        if (kind is not (ProposalKind.SampledWithoutReplacement or ProposalKind.SampledWithReplacement))
            throw new ArgumentOutOfRangeException(nameof(kind), kind, "Expected one of the sampled kinds.");
        if (distributions[node] >= 0)
            throw new InvalidOperationException($"Node {node} has a distribution already; a node has one for all its drawn children.");
        int row = rows.Rent(length);
        distributions[node] = row;
        childKinds[node] = kind;
        return rows.Row(row);
    }

    /// <summary>The distribution that the sampled children of a node were drawn from; empty: all its children are point masses.</summary>
    /// <param name="node">An existing node.</param>
    /// <returns>[vocabulary], not normalised, as it was before the first draw.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="node"/> is not a node.</exception>
    public ReadOnlySpan<float> ChildDistribution(int node)
    {
        ThrowIfNotNode(node);
        return distributions[node] < 0 ? [] : rows.Row(distributions[node]);
    }

    /// <summary>How a node was proposed.</summary>
    /// <param name="node">An existing node; the root counts as a point mass.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="node"/> is not a node.</exception>
    public ProposalKind Kind(int node)
    {
        ThrowIfNotNode(node);
        return kinds[node];
    }

    /// <summary>
    /// How many draws between this node and its next sibling repeated a token of this node or of a sibling before it; 0 unless drawn with
    /// replacement.
    /// </summary>
    /// <param name="node">An existing node.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="node"/> is not a node.</exception>
    public int Repeats(int node)
    {
        ThrowIfNotNode(node);
        return repeats[node];
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
        firstChildren[Count] = lastChildren[Count] = nextSiblings[Count] = distributions[Count] = -1;
        repeats[Count] = 0;
        kinds[Count] = childKinds[Count] = ProposalKind.PointMass;
        Count++;
    }

    void ThrowIfNotNode(int node)
    {
        if ((uint)node >= (uint)Count)
            throw new ArgumentOutOfRangeException(nameof(node), node, $"Expected a node from 0 to {Count - 1}.");
    }
}
