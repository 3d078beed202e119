namespace Speculative.Drafters;

/// <summary>
/// SpecInfer: a tree of fixed shape; every node of a level draws the same number of children from a draft model, with replacement.
/// </summary>
/// <remarks>
/// <para>Miao et al., "SpecInfer: Accelerating Large Language Model Serving with Tree-based Speculative Inference and Verification", ASPLOS
/// 2024, arXiv 2305.09781, section 3 (expansion-based construction); its multi-step speculative sampling is what
/// <see cref="RecursiveRejectionAcceptance"/> does with these trees. The default expansion is that of its experiments as we remember it; a
/// budget above its 20 nodes widens the level that branches.</para>
/// <para>A token drawn twice is one node, so a level may hold fewer nodes than the expansion says; a budget cuts the tree in level order,
/// before a draw. For a greedy target children are the most likely tokens.</para>
/// <para>Cost a step: one draft pass a level. Keeps nothing across requests. Allocates nothing a step.</para>
/// </remarks>
public sealed class SpecInferDrafter : IDrafter, ITimesRows
{
    readonly DrawnGrowth growth;
    readonly SpecInferOptions options;

    internal SpecInferDrafter(DraftModel model, SpecInferOptions options, GenerationOptions generation)
    {
        this.options = options;
        growth = new(model, generation, ProposalKind.SampledWithReplacement);
    }

    /// <summary>A factory of drafters for one target.</summary>
    /// <param name="settings">With a draft model.</param>
    /// <param name="options">The tree; null for the published one, cut to the settings' budget.</param>
    /// <exception cref="ArgumentException">There is no draft model, or its vocabulary is not the target's.</exception>
    public static DrafterFactory CreateFactory(DrafterSettings settings, SpecInferOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(settings);
        SpecInferOptions chosen = options ?? SpecInferOptions.Published(NodeBudget.ChooseSize(new SpecInferOptions().NodeCount, settings));
        DraftModel model = DraftModel.Of(settings);
        return NodeBudget.Draft(chosen.NodeCount, generation => new SpecInferDrafter(model, chosen, generation));
    }

    TimeSpan ITimesRows.RowTime => growth.RowTime;

    /// <inheritdoc/>
    public void Start(ReadOnlySpan<int> promptTokenIds) => growth.Start(promptTokenIds);

    /// <inheritdoc/>
    public void Draft(ReadOnlySpan<int> contextTokenIds, DraftTree tree)
    {
        if (!growth.Begin(contextTokenIds, tree))
            return;
        int from = 0; // nodes are added level by level, so a level is a range
        for (int level = 0; level < options.Expansion.Count && from < tree.Count; level++)
        {
            int end = tree.Count;
            for (int node = from; node < end; node++)
                growth.Place(tree, node);
            for (int node = from; node < end; node++)
                Expand(tree, node, options.Expansion[level]);
            from = end;
        }
    }

    /// <inheritdoc/>
    public void Observe(in VerifiedStep verified) => growth.Observe(verified);

    /// <inheritdoc/>
    public void Dispose() => growth.Dispose();

    void Expand(DraftTree tree, int node, int draws)
    {
        while (draws-- > 0 && tree.Count <= options.NodeCount && growth.Place(tree, node) && growth.Draw(tree, node) >= 0)
        {
        }
    }
}
