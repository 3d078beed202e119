using Speculative.Drafters;

namespace Speculative.Bench;

/// <summary>The draft model of a command: opened when it is first needed, once for all targets.</summary>
/// <param name="path">Its folder or file; null for the target's own first layers where it has exits, else the embedded model.</param>
/// <param name="layers">How many of its layers draft; null for the first exit.</param>
/// <param name="options">Threads and precision.</param>
sealed class SharedDraft(string? path, int? layers, CpuModelOptions options) : IDisposable
{
    LoadedModel? opened;

    /// <summary>Whether a model has exits.</summary>
    public static bool IsNested(LoadedModel model) => model.Model is INestedModel { ExitLayers.Count: > 1 };

    /// <summary>The model that drafts for a target; not to be disposed by the caller.</summary>
    public LoadedModel For(LoadedModel target) =>
        path is null && IsNested(target) ? target : opened ??= ModelSource.Open(path ?? ModelSource.EmbeddedFolder, options);

    /// <summary>Tells drafters of it.</summary>
    public DrafterSettings Apply(DrafterSettings settings, LoadedModel target)
    {
        LoadedModel draft = For(target);
        return settings with
        {
            DraftModel = draft.Model,
            DraftLayers = layers ?? (IsNested(draft) ? ((INestedModel)draft.Model).ExitLayers[0] : null),
            TargetTokens = target.Decoder,
            DraftTokens = draft.Decoder,
        };
    }

    public void Dispose() => opened?.Dispose();
}
