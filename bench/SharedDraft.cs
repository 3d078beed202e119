using Speculative.Bench.DraftCalibrations;
using Speculative.Bench.Engines;
using Speculative.Drafters;

namespace Speculative.Bench;

/// <summary>The draft model of a command: opened when it is first needed, once for all targets.</summary>
/// <param name="path">
/// Its folder or file; null for the embedded draft where the target has its tokens, else for the target's own first layers, where it has
/// exits.
/// </param>
/// <param name="layers">How many of its layers draft; null for all, or, of the target's own, for those before its first exit.</param>
/// <param name="engine">What computes.</param>
/// <param name="cancellationToken">Ends the opening.</param>
sealed class SharedDraft(string? path, int? layers, ModelEngine engine, CancellationToken cancellationToken) : IDisposable
{
    static readonly Lazy<Tokenizer> embedded = new(() => Tokenizer.Load(ModelSource.EmbeddedDraft));

    LoadedModel? opened;

    /// <summary>Whether a target has a draft model without being given one.</summary>
    public static bool ExistsFor(LoadedModel target) => IsNested(target) || SharesTokens(target);

    /// <summary>The model that drafts for a target; not to be disposed by the caller.</summary>
    /// <exception cref="BenchException">No draft model was given, and the target has none.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled while the model was being opened.</exception>
    public LoadedModel For(LoadedModel target)
    {
        if (path is not null || SharesTokens(target))
            return opened ??= Interruptible.Run(() => ModelSource.Open(path ?? ModelSource.EmbeddedDraft, engine), cancellationToken);
        return IsNested(target) ? target
            : throw new BenchException($"{target.Name} needs a draft model: give --draft-model a model with the same tokens.");
    }

    /// <summary>The exit at which it drafts for a target.</summary>
    public int LayersFor(LoadedModel target)
    {
        IReadOnlyList<int> exits = DraftCalibration.ExitsOf(For(target).Model);
        return layers ?? (For(target) == target ? exits[0] : exits[^1]);
    }

    /// <summary>Tells drafters of it.</summary>
    public DrafterSettings Apply(DrafterSettings settings, LoadedModel target)
    {
        LoadedModel draft = For(target);
        return settings with
        {
            DraftModel = draft.Model,
            DraftLayers = layers ?? (draft == target ? ((INestedModel)draft.Model).ExitLayers[0] : null),
            TargetTokens = target.Decoder,
            DraftTokens = draft.Decoder,
        };
    }

    public void Dispose() => opened?.Dispose();

    static bool IsNested(LoadedModel model) => model.Model is INestedModel { ExitLayers.Count: > 1 };

    /// <summary>Whether a model numbers the same tokens in the same way as the embedded draft model.</summary>
    static bool SharesTokens(LoadedModel target) =>
        target.Model.VocabularySize == embedded.Value.VocabularySize
        && Enumerable.Range(0, embedded.Value.VocabularySize).All(id => target.Decoder.Decode(id).SequenceEqual(embedded.Value.Decode(id)));
}
