namespace Speculative.Drafters;

/// <summary>
/// A draft model as drafters use it: any <see cref="ICausalModel"/> with the target's vocabulary, or the first layers of a nested one.
/// Owned by whoever created the model; one may serve several targets and sessions.
/// </summary>
sealed class DraftModel
{
    readonly INestedModel? nested;

    /// <summary>Takes a model whose vocabulary was compared with the target's.</summary>
    /// <param name="model">The model; not disposed with this.</param>
    /// <param name="vocabularySize">The target's vocabulary.</param>
    /// <param name="layers">How many of its layers draft, one of its exits; null for all.</param>
    /// <exception cref="ArgumentException">The model has no such exit.</exception>
    public DraftModel(ICausalModel model, int vocabularySize, int? layers = null)
    {
        (Model, VocabularySize) = (model, vocabularySize);
        nested = model as INestedModel;
        Exit = layers is int count ? FindExit(count) : ExitCount - 1;
    }

    /// <summary>The draft model of some settings.</summary>
    /// <exception cref="ArgumentException">They have none, or it does not fit the target.</exception>
    public static DraftModel Of(DrafterSettings settings)
    {
        ICausalModel model = settings.DraftModel
            ?? throw new ArgumentException("This drafter needs a draft model: set DrafterSettings.DraftModel.", nameof(settings));
        Vocabularies.ThrowIfDifferent(settings.VocabularySize, model.VocabularySize, settings.TargetTokens, settings.DraftTokens);
        return new(model, settings.VocabularySize, settings.DraftLayers) { ShareAcceptance = settings.ShareAcceptance };
    }

    public ICausalModel Model { get; }

    /// <summary>The target's vocabulary: the length of a row as drafters see it.</summary>
    public int VocabularySize { get; }

    /// <summary>How many exits there are; 1 for an ordinary model.</summary>
    public int ExitCount => nested?.ExitLayers.Count ?? 1;

    /// <summary>The exit at which drafters stop that use one exit.</summary>
    public int Exit { get; }

    /// <summary>How often its drafts are accepted, by their share; see <see cref="DrafterSettings.ShareAcceptance"/>.</summary>
    public IReadOnlyList<double>? ShareAcceptance { get; init; }

    /// <summary>Counts over all requests, where that is measured.</summary>
    public ShareAcceptance? Counter { get; init; }

    /// <summary>An empty sequence of the model; owned by the caller.</summary>
    public ICausalSequence CreateSequence() =>
        nested?.CreateNestedSequence(Model.MaxContextLength) ?? Model.CreateSequence(Model.MaxContextLength);

    int FindExit(int layers)
    {
        IReadOnlyList<int> exits = nested?.ExitLayers ?? [];
        for (int exit = 0; exit < exits.Count; exit++)
            if (exits[exit] == layers)
                return exit;
        throw new ArgumentException(exits.Count == 0
            ? $"The draft model has no exits: its first {layers} layers cannot draft."
            : $"The draft model has no exit after {layers} layers: expected one of {string.Join(", ", exits)}.", nameof(layers));
    }
}
