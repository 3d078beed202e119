namespace Speculative.Drafters;

/// <summary>
/// S2D: drafts with a sorted model, whose first layers are models of their own, and for each token (in a tree: for each level) goes only as
/// deep as it takes to be confident.
/// </summary>
/// <remarks>
/// <para>Kavehzadeh et al., "S2D: Sorted Speculative Decoding For More Efficient Deployment of Nested Large Language Models", arXiv
/// 2407.01955; training: arXiv 2309.08968. One draft model serves targets of any size; the thresholds are what a target needs of its own.
/// A model without exits drafts with all its layers.</para>
/// <para>Drafts are arg-max tokens, so point masses, also for a target that samples: the published chain verifies them by their soft
/// probabilities, which is not lossless. <see cref="S2DDrawnDrafter"/> is the form that draws.</para>
/// <para>Tokens that stopped early are taken deeper, in one pass and from where they stopped, when a later one goes deeper: nothing is
/// recomputed, and the prompt is read only as deep as is asked for.</para>
/// <para>Differences: a chain has a fixed length instead of one that follows recent acceptance. The tree grows as
/// <see cref="Eagle2TreeDrafter"/> does; a level stops where its most confident node does.</para>
/// <para>Cost a step: a draft pass a level. Keeps nothing across requests. Allocates nothing a step.</para>
/// </remarks>
public sealed class S2DDrafter : IDrafter
{
    readonly LevelGrowth growth;
    readonly int nodes;

    internal S2DDrafter(DraftModel model, S2DOptions options)
    {
        nodes = options.NodeCount;
        int width = options.TopK;
        growth = new(model, new(options.Depth, width, width, Math.Max(width, nodes)), options.Exits(model));
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
        return NodeBudget.Draft(options.NodeCount, _ => new S2DDrafter(model, options));
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
