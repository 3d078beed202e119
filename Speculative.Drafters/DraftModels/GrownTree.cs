namespace Speculative.Drafters;

/// <summary>
/// Tokens that may be drafted, as a tree, each with its path probability: the product of the draft model's probabilities from the root on.
/// Node 0 is the root. Children are recorded after their parent and are worth no more, so the best nodes, ties by age, always form a tree.
/// </summary>
/// <param name="capacity">The most nodes at a time, root included.</param>
sealed class GrownTree(int capacity)
{
    readonly int[] tokenIds = new int[capacity], parents = new int[capacity], draftNodes = new int[capacity], treeNodes = new int[capacity];
    readonly float[] values = new float[capacity];
    readonly ulong[] keys = new ulong[capacity];
    readonly int[] chosen = new int[capacity];

    /// <summary>Nodes recorded, root included.</summary>
    public int Count { get; private set; }

    /// <summary>Forgets all but the root.</summary>
    /// <param name="draftNode">The root's node in the draft model's tree.</param>
    public void Reset(int draftNode)
    {
        (tokenIds[0], parents[0], values[0], draftNodes[0], treeNodes[0]) = (-1, -1, 1, draftNode, 0);
        Count = 1;
    }

    public int TokenId(int node) => tokenIds[node];

    public int Parent(int node) => parents[node];

    /// <summary>The estimated probability that a node is accepted.</summary>
    public float Value(int node) => values[node];

    /// <summary>The node of the draft model's tree that holds it; -1 where it was not evaluated.</summary>
    public int DraftNode(int node) => draftNodes[node];

    /// <summary>Notes where a node is evaluated.</summary>
    public void Place(int node, int draftNode) => draftNodes[node] = draftNode;

    /// <summary>Records a continuation of a node.</summary>
    /// <param name="parent">A node.</param>
    /// <param name="tokenId">Distinct among the parent's continuations.</param>
    /// <param name="probability">What the draft model gives it after its parent, up to 1.</param>
    public void Add(int parent, int tokenId, float probability)
    {
        (tokenIds[Count], parents[Count], draftNodes[Count]) = (tokenId, parent, -1);
        values[Count++] = values[parent] * probability;
    }

    /// <summary>The best nodes from <paramref name="from"/> on, oldest first; valid until the next call of any method.</summary>
    public ReadOnlySpan<int> Best(int from, int count)
    {
        ReadOnlySpan<ulong> ranked = Rank(from);
        Span<int> best = chosen.AsSpan(0, Math.Min(count, ranked.Length));
        for (int i = 0; i < best.Length; i++)
            best[i] = (int)(uint)ranked[i];
        best.Sort();
        return best;
    }

    /// <summary>Drops all nodes from <paramref name="from"/> on but the best; they have no continuations yet.</summary>
    public void KeepBest(int from, int count)
    {
        int kept = from;
        foreach (int node in Best(from, count))
        {
            (tokenIds[kept], parents[kept], draftNodes[kept]) = (tokenIds[node], parents[node], draftNodes[node]);
            values[kept++] = values[node];
        }
        Count = kept;
    }

    /// <summary>
    /// The sum of the largest values, the root's excluded: how many drafted tokens the best tree of this size lets expect.
    /// </summary>
    public double BestSum(int count)
    {
        double sum = 0;
        ReadOnlySpan<ulong> ranked = Rank(1);
        for (int i = 0; i < Math.Min(count, ranked.Length); i++)
            sum += values[(uint)ranked[i]];
        return sum;
    }

    /// <summary>
    /// Drafts the best nodes, in the order in which they were recorded; the sum of their values is what is expected of them.
    /// </summary>
    /// <param name="tree">Holds the root alone.</param>
    /// <param name="count">How many nodes to draft; fewer where the tree has less room.</param>
    public void CopyBest(DraftTree tree, int count)
    {
        double expected = 0;
        foreach (int node in Best(1, Math.Min(count, tree.Room)))
        {
            treeNodes[node] = tree.Add(treeNodes[parents[node]], tokenIds[node]);
            expected += values[node];
        }
        tree.ExpectedAcceptedLength = expected;
    }

    /// <summary>
    /// Nodes in descending value, then by age: a key is the bits of the value, which order as a float from 0 to 1 does, then the
    /// index.
    /// </summary>
    ReadOnlySpan<ulong> Rank(int from)
    {
        Span<ulong> ranked = keys.AsSpan(0, Count - from);
        for (int i = 0; i < ranked.Length; i++)
            ranked[i] = (ulong)~BitConverter.SingleToUInt32Bits(values[from + i]) << 32 | (uint)(from + i);
        ranked.Sort();
        return ranked;
    }
}
