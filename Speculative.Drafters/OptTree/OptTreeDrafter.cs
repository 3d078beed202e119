namespace Speculative.Drafters;

/// <summary>
/// OPT-Tree: every level keeps the n nodes with the highest path probability, n being the nodes to draft; growth stops when a level raises the
/// expected number of accepted tokens of the best n nodes by too little.
/// </summary>
/// <remarks>
/// <para>Wang et al., "OPT-Tree: Speculative Decoding with Adaptive Draft Tree Structure", TACL 2025, arXiv 2406.17276, algorithm 1.
/// Proposals are point masses.</para>
/// <para>Difference: a node has at most 64 continuations; the 65th has a probability below 1/64 of its parent's.</para>
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
        OptTreeOptions chosen = options ?? new() { NodeCount = NodeBudget.ChooseSize(new OptTreeOptions().NodeCount, settings) };
        DraftModel model = DraftModel.Of(settings);
        return _ => new OptTreeDrafter(model, chosen);
    }

    /// <inheritdoc/>
    public void Start(ReadOnlySpan<int> promptTokenIds) => growth.Start();

    /// <inheritdoc/>
    public void Draft(ReadOnlySpan<int> contextTokenIds, DraftTree tree)
    {
        int count = Math.Min(options.NodeCount, tree.Room);
        if (count == 0 || !growth.Begin(contextTokenIds))
            return;
        for (double expected = 0, before = double.NegativeInfinity; expected > before + options.LeastGain && growth.Expand();)
            (before, expected) = (expected, growth.Candidates.BestSum(count));
        growth.Candidates.CopyBest(tree, count);
    }

    /// <inheritdoc/>
    public void Observe(in VerifiedStep verified) => growth.Observe(verified);

    /// <inheritdoc/>
    public void Dispose() => growth.Dispose();
}
