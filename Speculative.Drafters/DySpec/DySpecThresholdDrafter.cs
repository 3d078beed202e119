namespace Speculative.Drafters;

/// <summary>
/// DySpec, level by level: all slots whose value reaches a threshold are drawn, so that a level needs one draft pass. A controller moves
/// the threshold from step to step so that trees come near the budget.
/// </summary>
/// <remarks>
/// <para>Xiong et al., "DySpec: Faster Speculative Decoding with Dynamic Token Tree Structure", arXiv 2410.11744, algorithm 2 (whose loop
/// test is printed the wrong way round: slots are drawn while their value is at least the threshold). Values as in
/// <see cref="DySpecDrafter"/>.</para>
/// <para>The published threshold is a constant of about one over the budget, which fills 552 of 768 nodes. Here it begins there; a step
/// that hits the budget, and so cuts the deepest levels, raises it by a tenth, one that fills less than nine tenths of the budget divides
/// it by 1.25. That is lossless: a step's threshold is fixed before its first draw, and the budget is asked before each.</para>
/// <para>Cost a step: one draft pass a level. Keeps nothing across requests. Allocates nothing a step.</para>
/// </remarks>
public sealed class DySpecThresholdDrafter : IDrafter, ITimesRows
{
    const double Raise = 1.1, Lower = 1.25, Filled = 0.9, MostThreshold = 0.5, LeastThreshold = 1e-6;

    readonly DrawnGrowth growth;
    readonly DySpecOptions options;
    double threshold;

    internal DySpecThresholdDrafter(DraftModel model, DySpecOptions options, GenerationOptions generation)
    {
        this.options = options;
        growth = new(model, generation);
    }

    /// <summary>A factory of drafters for one target.</summary>
    /// <param name="settings">With a draft model.</param>
    /// <param name="options">The tree; null for the published one, with the settings' budget.</param>
    /// <exception cref="ArgumentException">There is no draft model, or its vocabulary is not the target's.</exception>
    public static DrafterFactory CreateFactory(DrafterSettings settings, DySpecOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(settings);
        DySpecOptions chosen = options ?? new() { NodeCount = NodeBudget.ChooseSize(new DySpecOptions().NodeCount, settings) };
        DraftModel model = DraftModel.Of(settings);
        return NodeBudget.Draft(chosen.NodeCount, generation => new DySpecThresholdDrafter(model, chosen, generation));
    }

    TimeSpan ITimesRows.RowTime => growth.RowTime;

    /// <inheritdoc/>
    public void Start(ReadOnlySpan<int> promptTokenIds)
    {
        growth.Start(promptTokenIds);
        threshold = Math.Min(MostThreshold, 1.0 / Math.Max(1, options.NodeCount));
    }

    /// <inheritdoc/>
    public void Draft(ReadOnlySpan<int> contextTokenIds, DraftTree tree)
    {
        if (!growth.Begin(contextTokenIds, tree))
            return;
        int most = Math.Min(options.NodeCount, tree.Room);
        int from = 0; // nodes are added level by level, so a level is a range
        while (from < tree.Count && tree.Count <= most)
            from = AddLevel(tree, from, most);
        if (most == options.NodeCount)
            Adapt(tree.Count - 1);
    }

    /// <inheritdoc/>
    public void Observe(in VerifiedStep verified) => growth.Observe(verified);

    /// <inheritdoc/>
    public void Dispose() => growth.Dispose();

    int AddLevel(DraftTree tree, int from, int most)
    {
        int end = tree.Count;
        for (int node = from; node < end; node++)
            if (growth.Slot(node) >= threshold)
                growth.Place(tree, node);
        for (int node = from; node < end; node++)
            if (growth.Slot(node) >= threshold && growth.Place(tree, node))
                Expand(tree, node, most);
        return end;
    }

    void Expand(DraftTree tree, int node, int most)
    {
        while (growth.Slot(node) >= threshold && tree.Count <= most && growth.Draw(tree, node) >= 0)
        {
        }
    }

    void Adapt(int drafted)
    {
        if (drafted == options.NodeCount)
            threshold = Math.Min(MostThreshold, threshold * Raise);
        else if (drafted < Filled * options.NodeCount)
            threshold = Math.Max(LeastThreshold, threshold / Lower);
    }
}
