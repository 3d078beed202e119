namespace Speculative.Drafters;

/// <summary>
/// The fixed shape that Token Recycling fills with tokens each step: every node takes one ranked continuation of its parent's token. Nodes
/// are numbered as in a <see cref="DraftTree"/> (0 is the root, which is not drafted) and lie in breadth-first order. Each node has a
/// value, the estimated probability that it is accepted: the product of its ranks' acceptance along its path.
/// </summary>
/// <remarks>
/// Shape: Luo et al., "Turning Trash into Treasure: Accelerating Inference of Large Language Models with Token Recycling", ACL 2025, arXiv
/// 2408.08696, figure 5. Values: the positional acceptance of Sequoia, arXiv 2402.12374. Immutable.
/// </remarks>
public sealed class TreeTemplate
{
    /// <summary>Continuations that Token Recycling keeps for each token, and ranks that the prior knows.</summary>
    internal const int MaxChildren = 8;

    /// <summary>
    /// The prior that values nodes where nothing was measured: how often the continuation of each rank is the accepted one, given that its
    /// parent is. Falls with rank about as measured vectors do, and scaled so that the published tree promises the published 2.73 tokens a
    /// step.
    /// </summary>
    internal static readonly double[] DefaultAcceptance = [.44, .13, .06, .04, .03, .02, .015, .015];

    readonly int[] parents;
    readonly int[] ranks;
    readonly int[] depths;
    readonly double[] values;
    readonly int[] valueOrder;

    TreeTemplate(int[] parents, int[] ranks, ReadOnlySpan<double> acceptance)
    {
        (this.parents, this.ranks) = (parents, ranks);
        depths = new int[parents.Length];
        values = new double[parents.Length];
        values[0] = 1;
        for (int node = 1; node < parents.Length; node++)
        {
            depths[node] = depths[parents[node]] + 1;
            values[node] = values[parents[node]] * acceptance[ranks[node]];
        }
        valueOrder = new int[parents.Length];
        int[] descending = [.. Enumerable.Range(1, NodeCount).OrderByDescending(node => values[node])]; // stable: ties stay breadth-first
        for (int i = 0; i < descending.Length; i++)
            valueOrder[descending[i]] = i;
    }

    /// <summary>The published tree: 80 drafted nodes, depth 6, layers of 8, 21, 25, 15, 8 and 3.</summary>
    public static TreeTemplate Published { get; } = FromChildCounts(
    [
        [8],
        [8, 4, 3, 2, 1, 1, 1, 1],
        [8, 3, 2, 1, 1, 1, 1, 1, 2, 1, 0, 0, 1, 0, 0, 1, 0, 1, 1, 0, 0],
        [5, 2, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 1, 0, 0],
        [3, 1, 1, 0, 0, 1, 0, 0, 0, 0, 1, 0, 1, 0, 0],
        [2, 0, 0, 1, 0, 0, 0, 0],
    ]);

    /// <summary>Drafted nodes: the root is not counted.</summary>
    public int NodeCount => parents.Length - 1;

    /// <summary>The depth of the deepest node; 0 for a root alone.</summary>
    public int Depth => depths[^1];

    /// <summary>The parent of each node, -1 for the root; [NodeCount + 1].</summary>
    public ReadOnlySpan<int> Parents => parents;

    /// <summary>Which of its parent's continuations each node takes, 0 the most likely; -1 for the root; [NodeCount + 1].</summary>
    public ReadOnlySpan<int> Ranks => ranks;

    /// <summary>The most children that a node has.</summary>
    internal int Width => ranks.Max() + 1;

    /// <summary>The distance of each node from the root; [NodeCount + 1].</summary>
    public ReadOnlySpan<int> Depths => depths;

    /// <summary>The estimated probability that each node is accepted, 1 for the root; [NodeCount + 1].</summary>
    public ReadOnlySpan<double> Values => values;

    /// <summary>
    /// How many drafted nodes are more valuable than each node, ties in breadth-first order; a parent always precedes; [NodeCount + 1].
    /// </summary>
    internal ReadOnlySpan<int> ValueOrder => valueOrder;

    /// <summary>Builds a template from the number of children of every node; children take their parent's first continuations.</summary>
    /// <param name="childCounts">
    /// For each layer from the root's on, the child counts of its nodes in order, from 0 to the ranks whose acceptance is known, 8 for the
    /// prior; the last layer is omitted.
    /// </param>
    /// <param name="acceptance">
    /// For each rank from 0 on, the probability that it is the accepted one given that its parent is: at least as many as the widest node
    /// has children, none negative, their sum at most 1. Empty for the prior.
    /// </param>
    /// <exception cref="ArgumentException">A layer's length is not the number of its nodes, or a number is out of range.</exception>
    public static TreeTemplate FromChildCounts(IReadOnlyList<int[]> childCounts, ReadOnlySpan<double> acceptance = default)
    {
        ArgumentNullException.ThrowIfNull(childCounts);
        List<int> parents = [-1], ranks = [-1];
        int node = 0, most = acceptance.IsEmpty ? MaxChildren : acceptance.Length;
        for (int layer = 0; layer < childCounts.Count; layer++)
        {
            int[] counts = childCounts[layer];
            if (counts.Length != parents.Count - node)
                throw new ArgumentException(
                    $"Layer {layer} has {parents.Count - node} nodes, but {counts.Length} child counts.", nameof(childCounts));
            foreach (int count in counts)
            {
                if (count < 0 || count > most)
                    throw new ArgumentException(
                        $"Layer {layer}: expected child counts from 0 to {most}, got {count}.", nameof(childCounts));
                for (int rank = 0; rank < count; rank++)
                {
                    parents.Add(node);
                    ranks.Add(rank);
                }
                node++;
            }
        }
        return new([.. parents], [.. ranks], Checked(acceptance, ranks.Max() + 1));
    }

    /// <summary>The same shape with other values: measured acceptance in place of the prior.</summary>
    /// <param name="acceptance">As in <see cref="FromChildCounts"/>.</param>
    /// <exception cref="ArgumentException">There are too few numbers, or one is out of range.</exception>
    public TreeTemplate WithAcceptance(ReadOnlySpan<double> acceptance) => new(parents, ranks, Checked(acceptance, ranks.Max() + 1));

    /// <summary>
    /// The <paramref name="nodes"/> most valuable nodes, in breadth-first order as before. A kept node's parent is always kept.
    /// </summary>
    /// <param name="nodes">Drafted nodes to keep, 0 to <see cref="NodeCount"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="nodes"/> is out of range.</exception>
    public TreeTemplate Cut(int nodes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(nodes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(nodes, NodeCount);
        int[] kept = [0, .. Enumerable.Range(1, NodeCount).Where(node => valueOrder[node] < nodes)];
        return new(this, kept);
    }

    TreeTemplate(TreeTemplate whole, int[] kept)
    {
        parents = [.. kept.Select(node => Array.IndexOf(kept, whole.parents[node]))];
        ranks = [.. kept.Select(node => whole.ranks[node])];
        depths = [.. kept.Select(node => whole.depths[node])];
        values = [.. kept.Select(node => whole.values[node])];
        valueOrder = [.. kept.Select(node => whole.valueOrder[node])];
    }

    static ReadOnlySpan<double> Checked(ReadOnlySpan<double> acceptance, int ranks)
    {
        if (acceptance.IsEmpty)
            return DefaultAcceptance;
        if (acceptance.Length < ranks)
            throw new ArgumentException($"Expected the acceptance of at least {ranks} ranks, got {acceptance.Length}.", nameof(acceptance));
        double sum = 0;
        foreach (double probability in acceptance)
            sum += probability >= 0
                ? probability
                : throw new ArgumentException($"Expected probabilities, got {probability}.", nameof(acceptance));
        return sum <= 1 + 1e-9
            ? acceptance
            : throw new ArgumentException($"Only one continuation is accepted: expected a sum up to 1, got {sum}.", nameof(acceptance));
    }
}
