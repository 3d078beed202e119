namespace Speculative.Drafters;

/// <summary>
/// Sequoia's dynamic programme: the fixed tree that emits most tokens a step if the child of rank b is the accepted one with probability
/// p[b], whatever the context.
/// </summary>
/// <remarks>
/// <para>Chen et al., "Sequoia: Scalable, Robust, and Hardware-aware Speculative Decoding", arXiv 2402.12374, sections 4.1 (trees) and 4.3
/// (size). T[n, l, b], the expected tokens of a tree of n nodes, root included, at most l levels below it and b children of the root, is
/// the maximum over m of T[n - m, l, b - 1] + p[b] G[m, l - 1], where m nodes go to the last child and G is the maximum over b.</para>
/// <para>Time n^2 l b, memory n l b; made once a target.</para>
/// </remarks>
sealed class SequoiaTree
{
    readonly double[] acceptance;
    readonly double[,,] expected;
    readonly int[,,] lastChild;
    readonly int[,] children;

    /// <summary>Solves all sizes up to a limit.</summary>
    /// <param name="acceptance">
    /// For each rank the probability that it is the accepted child of an accepted parent; its length bounds the children.
    /// </param>
    /// <param name="maxNodes">The most nodes, root included.</param>
    /// <param name="maxDepth">The most levels below the root.</param>
    public SequoiaTree(ReadOnlySpan<double> acceptance, int maxNodes, int maxDepth)
    {
        this.acceptance = acceptance.ToArray();
        (MaxNodes, MaxDepth) = (maxNodes, maxDepth);
        expected = new double[maxNodes + 1, maxDepth + 1, acceptance.Length + 1];
        lastChild = new int[maxNodes + 1, maxDepth + 1, acceptance.Length + 1];
        children = new int[maxNodes + 1, maxDepth + 1];
        for (int depth = 0; depth <= maxDepth; depth++)
            for (int nodes = 1; nodes <= maxNodes; nodes++)
                Solve(nodes, depth);
    }

    /// <summary>The most nodes, root included.</summary>
    public int MaxNodes { get; }

    /// <summary>The most levels below the root.</summary>
    public int MaxDepth { get; }

    /// <summary>
    /// The expected tokens a step of the best tree, the target's own included; negative infinity where no tree has these sizes.
    /// </summary>
    /// <param name="nodes">Nodes, root included.</param>
    /// <param name="depth">The most levels below the root.</param>
    public double Expected(int nodes, int depth) => expected[nodes, depth, children[nodes, depth]];

    /// <summary>The most nodes, root included, that any tree of so many levels has: few ranks bound it.</summary>
    public int Largest(int depth)
    {
        int nodes = MaxNodes;
        while (double.IsInfinity(Expected(nodes, depth)))
            nodes--;
        return nodes;
    }

    /// <summary>The best tree of a size.</summary>
    /// <exception cref="ArgumentException">No tree has these sizes.</exception>
    public TreeTemplate Create(int nodes, int depth)
    {
        if (double.IsInfinity(Expected(nodes, depth)))
            throw new ArgumentException(
                $"No tree of {nodes} nodes has {depth} levels and {acceptance.Length} children a node.", nameof(nodes));
        List<int[]> layers = [];
        List<int> sizes = [nodes];
        for (int left = depth; sizes.Exists(size => size > 1); left--)
        {
            layers.Add([.. sizes.Select(size => children[size, left])]);
            sizes = [.. sizes.SelectMany(size => ChildSizes(size, left))];
        }
        return TreeTemplate.FromChildCounts(layers, acceptance);
    }

    /// <summary>The size that emits most tokens per unit of time; (1, 0), the root alone, where drafting does not pay.</summary>
    /// <param name="target">What a target pass costs.</param>
    /// <param name="draft">What a draft pass costs, one of which every level takes; null for nothing.</param>
    public (int Nodes, int Depth) ChooseSize(CostCurve target, CostCurve? draft)
    {
        (int Nodes, int Depth) best = (1, 0);
        double bestRate = 1 / target.Milliseconds(1), level = draft?.Milliseconds(1) ?? 0;
        for (int nodes = 2; nodes <= MaxNodes; nodes++)
            for (int depth = 1; depth <= MaxDepth; depth++)
            {
                double rate = Expected(nodes, depth) / (target.Milliseconds(nodes) + depth * level);
                if (rate > bestRate)
                    (best, bestRate) = ((nodes, depth), rate);
            }
        return best;
    }

    void Solve(int nodes, int depth)
    {
        for (int count = 0; count <= acceptance.Length; count++)
        {
            expected[nodes, depth, count] = count == 0 && nodes == 1 ? 1 : double.NegativeInfinity;
            for (int last = 1; last < nodes && count > 0 && depth > 0; last++)
            {
                double tokens = expected[nodes - last, depth, count - 1] + acceptance[count - 1] * Expected(last, depth - 1);
                if (tokens > expected[nodes, depth, count])
                    (expected[nodes, depth, count], lastChild[nodes, depth, count]) = (tokens, last);
            }
            if (expected[nodes, depth, count] > Expected(nodes, depth))
                children[nodes, depth] = count;
        }
    }

    /// <summary>How many nodes each child's subtree has, the most likely child first.</summary>
    List<int> ChildSizes(int nodes, int depth)
    {
        List<int> sizes = [];
        for (int count = children[nodes, depth]; count > 0; count--)
        {
            int last = lastChild[nodes, depth, count];
            sizes.Insert(0, last);
            nodes -= last;
        }
        return sizes;
    }
}
