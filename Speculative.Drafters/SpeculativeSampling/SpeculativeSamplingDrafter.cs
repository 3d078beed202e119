namespace Speculative.Drafters;

/// <summary>Speculative sampling as first published: a draft model draws a chain, token after token.</summary>
/// <remarks>
/// <para>Leviathan et al., "Fast Inference from Transformers via Speculative Decoding", ICML 2023, arXiv 2211.17192, algorithm 1; Chen et
/// al., "Accelerating Large Language Model Decoding with Speculative Sampling", arXiv 2302.01318, algorithm 2.</para>
/// <para>Draws with the target's temperature and filters; for a greedy target it takes the most likely tokens.</para>
/// <para>Cost a step: a draft pass over one row a token. Keeps nothing across requests. Allocates nothing a step.</para>
/// </remarks>
public sealed class SpeculativeSamplingDrafter : IDrafter, ITimesRows
{
    /// <summary>
    /// The prior that shortens chains where target rows are dear: how often a drawn token is kept, given that those before it are.
    /// </summary>
    const double Acceptance = 0.7;

    readonly DrawnGrowth growth;
    readonly SpeculativeSamplingOptions options;

    internal SpeculativeSamplingDrafter(DraftModel model, SpeculativeSamplingOptions options, GenerationOptions generation)
    {
        this.options = options;
        growth = new(model, generation);
    }

    /// <summary>A factory of drafters for one target.</summary>
    /// <param name="settings">With a draft model.</param>
    /// <param name="options">The chain; null for the usual one, or as long as the settings' budget or cost curve say.</param>
    /// <exception cref="ArgumentException">There is no draft model, or its vocabulary is not the target's.</exception>
    public static DrafterFactory CreateFactory(DrafterSettings settings, SpeculativeSamplingOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(settings);
        int usual = new SpeculativeSamplingOptions().DraftLength;
        SpeculativeSamplingOptions chosen = options ?? new() { DraftLength = NodeBudget.ChooseChain(Acceptance, usual, settings) };
        DraftModel model = DraftModel.Of(settings);
        return NodeBudget.Draft(chosen.DraftLength, generation => new SpeculativeSamplingDrafter(model, chosen, generation));
    }

    TimeSpan ITimesRows.RowTime => growth.RowTime;

    /// <inheritdoc/>
    public void Start(ReadOnlySpan<int> promptTokenIds) => growth.Start(promptTokenIds);

    /// <inheritdoc/>
    public void Draft(ReadOnlySpan<int> contextTokenIds, DraftTree tree)
    {
        if (!growth.Begin(contextTokenIds, tree))
            return;
        for (int node = 0, length = 0; length < options.DraftLength && node >= 0 && growth.Place(tree, node); length++)
            node = growth.Draw(tree, node);
    }

    /// <inheritdoc/>
    public void Observe(in VerifiedStep verified) => growth.Observe(verified);

    /// <inheritdoc/>
    public void Dispose() => growth.Dispose();
}
