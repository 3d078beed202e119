namespace Speculative.Drafters;

/// <summary>
/// S2D that draws: for each token (in a tree: for each level) a sorted model goes only as deep as it takes to be confident, and what it
/// drafts is drawn from the distribution of the exit where it stopped.
/// </summary>
/// <remarks>
/// <para>Kavehzadeh et al., "S2D: Sorted Speculative Decoding For More Efficient Deployment of Nested Large Language Models", arXiv
/// 2407.01955, with sampled drafts. <see cref="S2DDrafter"/> is the form whose drafts are arg-max tokens; thresholds mean the same in both:
/// confidence is the best token's probability at temperature 1.</para>
/// <para>Draws with the target's temperature and filters, without replacement; for a greedy target it takes the most likely tokens. A
/// level's exit follows from the tokens up to that level alone and is fixed before its children are drawn: the exit that drafts may depend
/// on all that was drawn before, never on the token that it draws, which would bias the output.</para>
/// <para>Sampled nodes cannot be re-ranked, since dropping one would bias the output too. So the budget is spread evenly over the levels
/// before a draw: the <see cref="S2DOptions.TopK"/> nodes of a level that are most likely to be reached are evaluated, and each next child
/// is drawn where it is most likely to be reached. A level that a filter leaves too few tokens leaves its rest to the next one.</para>
/// <para>Cost a step: a draft pass a level. Keeps nothing across requests. Allocates nothing a step.</para>
/// </remarks>
public sealed class S2DDrawnDrafter : IDrafter, ITimesRows
{
    readonly DrawnGrowth growth;
    readonly S2DOptions options;

    internal S2DDrawnDrafter(DraftModel model, S2DOptions options, GenerationOptions generation)
    {
        this.options = options;
        growth = new(model, generation, exits: options.Exits(model));
    }

    /// <summary>A factory of drafters for one target.</summary>
    /// <param name="settings">With a draft model.</param>
    /// <param name="options">What they draft: <see cref="S2DOptions.Chain"/>, <see cref="S2DOptions.Tree"/> or another shape.</param>
    /// <exception cref="ArgumentException">
    /// There is no draft model, its vocabulary is not the target's, or the thresholds are not one for each exit but the last.
    /// </exception>
    public static DrafterFactory CreateFactory(DrafterSettings settings, S2DOptions options)
    {
        DraftModel model = S2DOptions.Model(settings, options);
        return NodeBudget.Draft(options.NodeCount, generation => new S2DDrawnDrafter(model, options, generation));
    }

    TimeSpan ITimesRows.RowTime => growth.RowTime;

    /// <inheritdoc/>
    public void Start(ReadOnlySpan<int> promptTokenIds) => growth.Start(promptTokenIds);

    /// <inheritdoc/>
    public void Draft(ReadOnlySpan<int> contextTokenIds, DraftTree tree)
    {
        if (!growth.Begin(contextTokenIds, tree))
            return;
        int most = 1 + Math.Min(options.NodeCount, tree.Room), depth = Math.Min(options.Depth, tree.MaxDepth);
        for (int level = 0, from = 0; level < depth && from < tree.Count && tree.Count < most; level++)
        {
            int end = tree.Count, levels = depth - level;
            PlaceBest(tree, from, end);
            DrawLevel(tree, from, end, end + (most - end + levels - 1) / levels);
            from = end; // nodes are added level by level, so a level is a range
        }
    }

    /// <inheritdoc/>
    public void Observe(in VerifiedStep verified) => growth.Observe(verified);

    /// <inheritdoc/>
    public void Dispose() => growth.Dispose();

    void PlaceBest(DraftTree tree, int from, int end)
    {
        int left = options.TopK;
        while (left > 0 && Best(from, end, placed: false) is >= 0 and int node && growth.Place(tree, node))
            left--;
    }

    void DrawLevel(DraftTree tree, int from, int end, int most)
    {
        while (tree.Count < most && Best(from, end, placed: true) is >= 0 and int node)
            growth.Draw(tree, node);
    }

    /// <summary>
    /// The node of a level whose next child is most likely to be reached, the oldest of equals; -1 where none may have another child.
    /// </summary>
    int Best(int from, int end, bool placed)
    {
        int best = -1;
        for (int node = from; node < end; node++)
            if (growth.IsPlaced(node) == placed && growth.Children(node) < options.TopK
                && growth.Slot(node) > (best < 0 ? 0 : growth.Slot(best)))
                best = node;
        return best;
    }
}
