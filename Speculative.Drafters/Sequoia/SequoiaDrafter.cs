namespace Speculative.Drafters;

/// <summary>
/// Sequoia: a draft model fills a fixed tree, the best one for measured acceptance rates, and of the size that the machine makes best.
/// </summary>
/// <remarks>
/// <para>Chen et al., "Sequoia: Scalable, Robust, and Hardware-aware Speculative Decoding", arXiv 2402.12374. A node's children are drawn
/// from the draft model without replacement; for a greedy target they are its most likely tokens.</para>
/// <para>Difference: where the draft's distribution is exhausted (with top-k or top-p) drawing stops, where Sequoia goes on uniformly among
/// the tokens not tried.</para>
/// <para>Cost a step: a draft pass a level. Keeps nothing across requests. Allocates nothing a step.</para>
/// </remarks>
public sealed class SequoiaDrafter : IDrafter, ITimesRows
{
    readonly DrawnGrowth growth;
    readonly TreeTemplate template;
    readonly int[] childCounts, treeNodes;

    internal SequoiaDrafter(DraftModel model, TreeTemplate template, GenerationOptions generation)
    {
        this.template = template;
        growth = new(model, generation);
        childCounts = new int[template.NodeCount + 1];
        foreach (int parent in template.Parents[1..])
            childCounts[parent]++;
        treeNodes = new int[template.NodeCount + 1];
    }

    /// <summary>A factory of drafters for one target.</summary>
    /// <param name="settings">With a draft model; the cost curves choose the tree's size where no budget is given.</param>
    /// <param name="options">The tree; null for the published one, with the settings' acceptance.</param>
    /// <exception cref="ArgumentException">There is no draft model, or its vocabulary is not the target's.</exception>
    public static DrafterFactory CreateFactory(DrafterSettings settings, SequoiaOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(settings);
        SequoiaOptions chosen = options ?? (settings.RankAcceptance is { } measured ? new() { Acceptance = measured } : new());
        TreeTemplate template = Template(settings, chosen);
        DraftModel model = DraftModel.Of(settings);
        return NodeBudget.Draft(template.NodeCount, generation => new SequoiaDrafter(model, template, generation));
    }

    TimeSpan ITimesRows.RowTime => growth.RowTime;

    /// <inheritdoc/>
    public void Start(ReadOnlySpan<int> promptTokenIds) => growth.Start(promptTokenIds);

    /// <inheritdoc/>
    public void Draft(ReadOnlySpan<int> contextTokenIds, DraftTree tree)
    {
        if (!growth.Begin(contextTokenIds, tree))
            return;
        int room = tree.Room;
        double expected = 0;
        treeNodes[0] = 0;
        for (int first = 0, next = 1; next <= template.NodeCount && next > first;)
        {
            int end = next;
            PlaceLevel(tree, first, end);
            for (int node = first; node < end; node++)
                next = AddChildren(tree, node, next, room, ref expected);
            first = end;
        }
        tree.ExpectedAcceptedLength = expected;
    }

    /// <inheritdoc/>
    public void Observe(in VerifiedStep verified) => growth.Observe(verified);

    /// <inheritdoc/>
    public void Dispose() => growth.Dispose();

    static TreeTemplate Template(DrafterSettings settings, SequoiaOptions options)
    {
        int most = 1 + (settings.NodeBudget ?? options.NodeCount);
        int depth = Math.Min(options.Depth, most - 1);
        SequoiaTree sizes = new([.. options.Acceptance], most, depth);
        if (settings is not { NodeBudget: null, CostCurve: { } curve })
            return sizes.Create(sizes.Largest(depth), depth);
        var (nodes, levels) = sizes.ChooseSize(curve, settings.DraftCostCurve);
        return sizes.Create(nodes, levels);
    }

    void PlaceLevel(DraftTree tree, int first, int end)
    {
        for (int node = first; node < end; node++)
            if (treeNodes[node] >= 0 && childCounts[node] > 0)
                growth.Place(tree, treeNodes[node]);
    }

    /// <summary>
    /// Adds a node's children, which begin at <paramref name="child"/> of the template; little room cuts its least valuable nodes.
    /// </summary>
    /// <returns>Where the next node's children begin.</returns>
    int AddChildren(DraftTree tree, int node, int child, int room, ref double expected)
    {
        for (int end = child + childCounts[node]; child < end; child++)
        {
            bool wanted = treeNodes[node] >= 0 && template.ValueOrder[child] < room && growth.Place(tree, treeNodes[node]);
            treeNodes[child] = wanted ? growth.Draw(tree, treeNodes[node]) : -1;
            expected += treeNodes[child] < 0 ? 0 : template.Values[child];
        }
        return child;
    }
}
