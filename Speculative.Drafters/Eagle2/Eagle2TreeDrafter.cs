namespace Speculative.Drafters;

/// <summary>
/// EAGLE-2's dynamic draft tree on an ordinary draft model: every level expands the 10 most confident nodes, and of all nodes so recorded
/// those with the highest path probability are drafted.
/// </summary>
/// <remarks>
/// <para>Li et al., "EAGLE-2: Faster Inference of Language Models with Dynamic Draft Trees", EMNLP 2024, arXiv 2406.16858, sections 4.1
/// (expansion) and 4.2 (reranking). Proposals are point masses, which re-ranking needs: dropping sampled nodes would bias the
/// output.</para>
/// <para>Differences: EAGLE's own draft head is not needed, any model drafts; the number of nodes can follow the measured cost
/// curve.</para>
/// <para>Cost a step: a draft pass over up to 10 rows a level. Keeps nothing across requests. Allocates nothing a step.</para>
/// </remarks>
public sealed class Eagle2TreeDrafter : IDrafter
{
    readonly LevelGrowth growth;
    readonly int nodes;

    internal Eagle2TreeDrafter(DraftModel model, Eagle2TreeOptions options)
    {
        nodes = options.NodeCount;
        growth = new(model, new(options.Depth, options.TopK, options.TopK, Math.Max(options.TopK, nodes)));
    }

    /// <summary>A factory of drafters for one target.</summary>
    /// <param name="settings">With a draft model.</param>
    /// <param name="options">The tree; null for the published one, cut to the settings' budget.</param>
    /// <exception cref="ArgumentException">There is no draft model, or its vocabulary is not the target's.</exception>
    public static DrafterFactory CreateFactory(DrafterSettings settings, Eagle2TreeOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(settings);
        Eagle2TreeOptions chosen = options ?? new() { NodeCount = NodeBudget.ChooseSize(new Eagle2TreeOptions().NodeCount, settings) };
        DraftModel model = DraftModel.Of(settings);
        return NodeBudget.Draft(chosen.NodeCount, _ => new Eagle2TreeDrafter(model, chosen));
    }

    /// <inheritdoc/>
    public void Start(ReadOnlySpan<int> promptTokenIds) => growth.Start(promptTokenIds);

    /// <inheritdoc/>
    public void Draft(ReadOnlySpan<int> contextTokenIds, DraftTree tree) => growth.Draft(contextTokenIds, tree, nodes);

    /// <inheritdoc/>
    public void Observe(in VerifiedStep verified) => growth.Observe(verified);

    /// <inheritdoc/>
    public void Dispose() => growth.Dispose();
}
