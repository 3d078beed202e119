namespace Speculative.Drafters;

/// <summary>
/// Sequoia: a draft model fills a fixed tree, the best one for measured acceptance rates, and of the size that the machine makes best.
/// </summary>
/// <remarks>
/// <para>Chen et al., "Sequoia: Scalable, Robust, and Hardware-aware Speculative Decoding", arXiv 2402.12374. Children are the draft model's
/// most likely tokens, as Sequoia has them at temperature 0: point masses.</para>
/// <para>Cost a step: a draft pass a level. Keeps nothing across requests. Allocates nothing a step.</para>
/// </remarks>
public sealed class SequoiaDrafter : IDrafter
{
    readonly DraftModelSequence draft;
    readonly TreeTemplate template;
    readonly int[] childCounts, treeNodes, draftNodes, best;

    internal SequoiaDrafter(DraftModel model, TreeTemplate template)
    {
        this.template = template;
        draft = new(model);
        childCounts = new int[template.NodeCount + 1];
        foreach (int parent in template.Parents[1..])
            childCounts[parent]++;
        treeNodes = new int[template.NodeCount + 1];
        draftNodes = new int[template.NodeCount + 1];
        best = new int[Math.Min(childCounts.Max(), model.Model.VocabularySize)];
    }

    /// <summary>A factory of drafters for one target.</summary>
    /// <param name="settings">With a draft model; the cost curves choose the tree's size where no budget is given.</param>
    /// <param name="options">The tree; null for the published one.</param>
    /// <exception cref="ArgumentException">There is no draft model, or its vocabulary is not the target's.</exception>
    public static DrafterFactory CreateFactory(DrafterSettings settings, SequoiaOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(settings);
        TreeTemplate template = Template(settings, options ?? new());
        DraftModel model = DraftModel.Of(settings);
        return _ => new SequoiaDrafter(model, template);
    }

    /// <inheritdoc/>
    public void Start(ReadOnlySpan<int> promptTokenIds) => draft.Start();

    /// <inheritdoc/>
    public void Draft(ReadOnlySpan<int> contextTokenIds, DraftTree tree)
    {
        int room = tree.Room;
        if (room == 0 || template.NodeCount == 0 || !draft.Begin(contextTokenIds))
            return;
        (treeNodes[0], draftNodes[0]) = (0, draft.Root);
        for (int first = 0, next = 1; next <= template.NodeCount && next > first;)
        {
            IModelOutput output = draft.Evaluate();
            int end = next;
            for (int node = first; node < end; node++)
                next = Grow(node, next, output, tree, room);
            first = end;
        }
    }

    /// <inheritdoc/>
    public void Observe(in VerifiedStep verified) => draft.Observe(verified);

    /// <inheritdoc/>
    public void Dispose() => draft.Dispose();

    static TreeTemplate Template(DrafterSettings settings, SequoiaOptions options)
    {
        int most = 1 + (settings.NodeBudget ?? options.NodeCount);
        int depth = Math.Min(options.Depth, most - 1);
        SequoiaTree sizes = new([.. options.Acceptance], most, depth);
        return settings.NodeBudget is null && settings.CostCurve is { } curve && sizes.ChooseSize(curve, settings.DraftCostCurve) is var size
            ? sizes.Create(size.Nodes, size.Depth)
            : sizes.Create(most, depth);
    }

    /// <summary>Adds a node's children, which begin at <paramref name="child"/> of the template.</summary>
    /// <returns>Where the next node's children begin.</returns>
    int Grow(int node, int child, IModelOutput output, DraftTree tree, int room)
    {
        int end = child + childCounts[node];
        if (end == child)
            return end;
        Span<int> tokenIds = best.AsSpan(0, Math.Min(childCounts[node], best.Length));
        if (draftNodes[node] >= 0)
            output.TopK(draftNodes[node], tokenIds);
        for (int rank = 0; child < end; rank++, child++)
        {
            bool drafted = draftNodes[node] >= 0 && rank < tokenIds.Length && template.ValueOrder[child] < room;
            treeNodes[child] = drafted ? tree.Add(treeNodes[node], tokenIds[rank]) : -1;
            draftNodes[child] = drafted && childCounts[child] > 0 && draft.Room > 0 ? draft.Add(draftNodes[node], tokenIds[rank]) : -1;
        }
        return end;
    }
}
