namespace Speculative.Drafters;

/// <summary>What an <see cref="S2DDrafter"/> or an <see cref="S2DDrawnDrafter"/> drafts and when it is confident.</summary>
public sealed record S2DOptions
{
    /// <summary>The most levels of any shape.</summary>
    internal const int MostLevels = 64;

    /// <summary>The threshold of the published scripts, at every exit.</summary>
    internal const double PublishedThreshold = 0.5;

    /// <summary>A chain of 5 tokens.</summary>
    public static S2DOptions Chain { get; } = new() { NodeCount = 5, Depth = 5, TopK = 1 };

    /// <summary>
    /// The published tree: the best 59 nodes, 10 nodes expanded in each level; 5 levels, as its depth of 4 counts those below the first.
    /// </summary>
    public static S2DOptions Tree { get; } = new() { NodeCount = 59, Depth = 5, TopK = 10 };

    /// <summary>The prior that shortens chains where target rows are dear: how often a token is right if those before it are.</summary>
    const double Acceptance = 0.65;

    /// <summary>The most nodes drafted, up to 1024; 0 drafts nothing.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public int NodeCount { get; init => field = Checked(nameof(NodeCount), value, 0, DrafterSettings.MostNodes); }

    /// <summary>Levels; 1 to 64.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public int Depth { get; init => field = Checked(nameof(Depth), value, 1, MostLevels); } = 1;

    /// <summary>Nodes expanded in a level, and continuations of each; 1 for a chain, at most 64.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public int TopK { get; init => field = Checked(nameof(TopK), value, 1, 64); } = 1;

    /// <summary>
    /// For each exit but the last: drafts stop there if the best token's probability is above this. 0 always stops, 1 never. Null for 0.5
    /// at each.
    /// </summary>
    /// <exception cref="ArgumentException">A threshold is out of range.</exception>
    public IReadOnlyList<double>? Thresholds
    {
        get;
        init => field = value is null || value.All(threshold => threshold is >= 0 and <= 1)
            ? value
            : throw new ArgumentException(
                $"Expected thresholds from 0 to 1, got {string.Join(", ", value)}.", nameof(Thresholds));
    }

    /// <summary>A chain as long as the settings' budget, or as their cost curve makes best.</summary>
    internal static S2DOptions ChainFor(DrafterSettings settings)
    {
        int length = NodeBudget.ChooseChain(Acceptance, Chain.NodeCount, settings);
        return Chain with { NodeCount = length, Depth = Math.Clamp(length, 1, MostLevels), Thresholds = settings.ExitThresholds };
    }

    /// <summary>The published tree, with the settings' budget.</summary>
    internal static S2DOptions TreeFor(DrafterSettings settings) => Tree with
    {
        NodeCount = NodeBudget.ChooseSize(Tree.NodeCount, settings),
        Thresholds = settings.ExitThresholds,
    };

    /// <summary>The draft model, which reads prompts no deeper than its first exit until more is asked for.</summary>
    /// <exception cref="ArgumentException">
    /// There is no draft model, its vocabulary is not the target's, or the thresholds are not one for each exit but the last.
    /// </exception>
    internal static DraftModel Model(DrafterSettings settings, S2DOptions options)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(options);
        DraftModel model = DraftModel.Of(settings with { DraftLayers = (settings.DraftModel as INestedModel)?.ExitLayers[0] });
        if (options.Thresholds is { } given && given.Count != model.ExitCount - 1)
            throw new ArgumentException(
                $"Expected a threshold for each exit but the last, {model.ExitCount - 1} for this draft model, got {given.Count}.",
                nameof(options));
        return model;
    }

    /// <summary>How deep passes of a draft model go.</summary>
    internal ExitChoice Exits(DraftModel model) => new(
        model.VocabularySize,
        [.. Thresholds?.Select(threshold => (float)threshold) ?? Enumerable.Repeat((float)PublishedThreshold, model.ExitCount - 1)]);

    static int Checked(string name, int value, int least, int most) => value >= least && value <= most
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"Expected {least} to {most}.");
}
