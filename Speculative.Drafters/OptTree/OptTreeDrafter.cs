namespace Speculative.Drafters;

/// <summary>
/// OPT-Tree: every level keeps the n nodes with the highest path probability, n being the nodes to draft; growth stops when a level raises
/// the expected number of accepted tokens of the best n nodes by too little.
/// </summary>
/// <remarks>
/// <para>Wang et al., "OPT-Tree: Speculative Decoding with Adaptive Draft Tree Structure", TACL 2025, arXiv 2406.17276, algorithm 1.
/// Proposals are point masses.</para>
/// <para>Differences: a node has at most 64 continuations; the 65th has a probability below 1/64 of its parent's. The published threshold
/// is a constant; where the cost of passes is known, a level has to yield more tokens for its time than the step does without it.</para>
/// <para>Cost a step: a draft pass over up to n rows a level. Keeps nothing across requests. Allocates nothing a step.</para>
/// </remarks>
public sealed class OptTreeDrafter : IDrafter
{
    const int MostContinuations = 64;

    readonly LevelGrowth growth;
    readonly OptTreeOptions options;

    internal OptTreeDrafter(DraftModel model, OptTreeOptions options)
    {
        this.options = options;
        int nodes = options.NodeCount;
        growth = new(model, new(options.Depth, nodes, Math.Min(nodes, MostContinuations), nodes));
    }

    /// <summary>A factory of drafters for one target.</summary>
    /// <param name="settings">With a draft model.</param>
    /// <param name="options">The tree; null for the published one, with the settings' budget.</param>
    /// <exception cref="ArgumentException">There is no draft model, or its vocabulary is not the target's.</exception>
    public static DrafterFactory CreateFactory(DrafterSettings settings, OptTreeOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(settings);
        OptTreeOptions chosen = options ?? Options(NodeBudget.ChooseSize(new OptTreeOptions().NodeCount, settings), settings);
        DraftModel model = DraftModel.Of(settings);
        return NodeBudget.Draft(chosen.NodeCount, _ => new OptTreeDrafter(model, chosen));
    }

    /// <inheritdoc/>
    public void Start(ReadOnlySpan<int> promptTokenIds) => growth.Start(promptTokenIds);

    /// <inheritdoc/>
    public void Draft(ReadOnlySpan<int> contextTokenIds, DraftTree tree)
    {
        int count = Math.Min(options.NodeCount, tree.Room);
        if (count == 0 || !growth.Begin(contextTokenIds, tree))
            return;
        double before = 0, expected = 0;
        for (int levels = 0; (levels == 0 || expected - before > LeastGain(before, levels - 1)) && growth.Expand(); levels++)
            (before, expected) = (expected, growth.Grown.BestSum(count));
        growth.Grown.CopyBest(tree, count);
    }

    /// <inheritdoc/>
    public void Observe(in VerifiedStep verified) => growth.Observe(verified);

    /// <inheritdoc/>
    public void Dispose() => growth.Dispose();

    /// <summary>What a level must add, where the levels before it let expect so many drafted tokens.</summary>
    double LeastGain(double expected, int levels) =>
        options.PassCost is double pass ? pass * (1 + expected) / (1 + levels * pass) : options.LeastGain;

    /// <summary>A draft pass is counted over as many rows as a level evaluates at most.</summary>
    static OptTreeOptions Options(int nodes, DrafterSettings settings) => new()
    {
        NodeCount = nodes,
        PassCost = nodes > 0 && settings is { CostCurve: { } target, DraftCostCurve: { } draft }
            ? draft.Milliseconds(nodes) / target.Milliseconds(nodes + 1)
            : null,
    };
}
