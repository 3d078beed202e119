namespace Speculative.Drafters;

/// <summary>What the catalog needs to know to create any drafter. A drafter uses what concerns it.</summary>
public sealed record DrafterSettings
{
    /// <summary>The most nodes of any draft: no engine checks larger trees.</summary>
    internal const int MostNodes = 1024;

    /// <summary>The target's vocabulary; at least 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public required int VocabularySize
    {
        get;
        init => field = value >= 1
            ? value
            : throw new ArgumentOutOfRangeException(nameof(VocabularySize), value, "Expected at least 1 token.");
    }

    /// <summary>
    /// The most nodes to draft in a step; 1 to 1024. Null lets <see cref="CostCurve"/> decide, or, where that is null too, the published
    /// size.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public int? NodeBudget
    {
        get;
        init => field = value is null or >= 1 and <= MostNodes
            ? value
            : throw new ArgumentOutOfRangeException(
                nameof(NodeBudget), value, $"Expected 1 to {MostNodes} nodes; 'plain' drafts nothing.");
    }

    /// <summary>What the target's passes cost, for drafters to choose their size by.</summary>
    public CostCurve? CostCurve { get; init; }

    /// <summary>
    /// The model that drafts, for drafters that need one: any engine's, with the target's vocabulary; padded to another size it may be
    /// where <see cref="TargetTokens"/> and <see cref="DraftTokens"/> are known. The caller owns it and disposes it after the sessions; one
    /// may serve several targets. A nested model (<see cref="INestedModel"/>) may draft with fewer layers. A session that outgrows its
    /// context goes on without drafts.
    /// </summary>
    public ICausalModel? DraftModel { get; init; }

    /// <summary>
    /// How many layers of the draft model draft: one of its <see cref="INestedModel.ExitLayers"/>. Null for all. Drafters that choose their
    /// exits themselves do not ask.
    /// </summary>
    public int? DraftLayers { get; init; }

    /// <summary>What the draft model's passes cost, for drafters that weigh their depth.</summary>
    public CostCurve? DraftCostCurve { get; init; }

    /// <summary>
    /// For each rank from 0 on, how often the child of that rank is the accepted one where the draft model drafts for this target:
    /// measured, for drafters that shape their trees by it. Null for published numbers; see <see cref="SequoiaOptions.Acceptance"/>.
    /// </summary>
    /// <exception cref="ArgumentException">There is none, one is negative, or their sum exceeds 1.</exception>
    public IReadOnlyList<double>? RankAcceptance
    {
        get;
        init
        {
            if (value is not null)
                _ = new SequoiaOptions { Acceptance = value }; // checks it
            field = value;
        }
    }

    /// <summary>
    /// How often a child is accepted once acceptance reaches it: 30 probabilities, for a node's first child, its second and all others ten
    /// each, by the tenth in which the child's share of the draft model's distribution lies. Null to begin with the share itself, or for
    /// drawn first children half-way from there to 1. Either way drafters go on counting in each request.
    /// </summary>
    /// <exception cref="ArgumentException">There are not 30 probabilities.</exception>
    public IReadOnlyList<double>? ShareAcceptance
    {
        get;
        init
        {
            _ = new ShareAcceptance(value); // checks it
            field = value;
        }
    }

    /// <summary>
    /// For each exit of the draft model but the last, how confident it must be to draft there, 0 to 1; see
    /// <see cref="S2DOptions.Thresholds"/>.
    /// </summary>
    /// <exception cref="ArgumentException">A threshold is out of range.</exception>
    public IReadOnlyList<double>? ExitThresholds
    {
        get;
        init
        {
            _ = new S2DOptions { Thresholds = value }; // checks it
            field = value;
        }
    }

    /// <summary>
    /// What the target's tokens stand for; with <see cref="DraftTokens"/> it lets different vocabularies of one size be noticed.
    /// </summary>
    public ITokenDecoder? TargetTokens { get; init; }

    /// <summary>What the draft model's tokens stand for.</summary>
    public ITokenDecoder? DraftTokens { get; init; }

    /// <summary>Whether requests share what a drafter learns; see <see cref="TokenRecyclingOptions.Memory"/>.</summary>
    public DrafterMemory Memory { get; init; } = DrafterMemory.KeptAcrossRequests;

    /// <summary>What Token Recycling knows already; see <see cref="TokenRecyclingOptions.Matrix"/>.</summary>
    public AdjacencyMatrix? Matrix { get; init; }

    /// <summary>Whether Token Recycling learns the target's rows of a prompt; see <see cref="TokenRecyclingOptions.PromptRows"/>.</summary>
    public bool PromptRows { get; init; } = true;
}
