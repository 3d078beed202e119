using System.CommandLine;
using Speculative.Bench.Engines;
using Speculative.Drafters;

namespace Speculative.Bench.Commands;

/// <summary>The options that say which model drafts, for drafters that need one.</summary>
sealed class DraftModelOption
{
    readonly Option<string?> folder = new("--draft-model")
    {
        Description = "The model that drafts, for drafters that need one: a folder or GGUF file with the target's vocabulary; by default the "
            + "target's own first layers where it was trained with exits, else the embedded model's.",
        HelpName = "FOLDER",
    };
    readonly Option<int?> layers = NumberOption.Count("--draft-layers", "How many of its layers draft: one of its exits; by default the first.", 1);

    /// <summary>Gives a command these options.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(folder);
        command.Options.Add(layers);
    }

    /// <summary>Whether a comparison takes drafters that need a draft model without being asked for them by name.</summary>
    public bool IsAtHand(ParseResult parsed, LoadedModel target) => parsed.GetValue(folder) is not null || IsNested(target.Model);

    /// <summary>Opens the draft model, unless it is the target or nobody needs one; the caller disposes it.</summary>
    public LoadedModel? Open(ParseResult parsed, LoadedModel target, IEnumerable<string> names, ModelEngine engine)
    {
        if (!names.Any(name => DrafterCatalog.Find(name).Needs != "nothing"))
            return null;
        if (parsed.GetValue(folder) is not { } path)
            return IsNested(target.Model) ? null : ModelSource.Open(ModelSource.EmbeddedFolder, engine);
        return Directory.Exists(path) || File.Exists(path) ? ModelSource.Open(path, engine)
            : throw new BenchException($"--draft-model: the model folder '{path}' does not exist.");
    }

    /// <summary>Tells drafters of the draft model.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="settings">What else they know.</param>
    /// <param name="target">The target.</param>
    /// <param name="draft">What <see cref="Open"/> gave.</param>
    public DrafterSettings Apply(ParseResult parsed, DrafterSettings settings, LoadedModel target, LoadedModel? draft)
    {
        LoadedModel drafting = draft ?? target;
        return settings with
        {
            DraftModel = drafting.Model,
            DraftLayers = parsed.GetValue(layers) ?? (IsNested(drafting.Model) ? ((INestedModel)drafting.Model).ExitLayers[0] : null),
            TargetTokens = target.Decoder,
            DraftTokens = drafting.Decoder,
        };
    }

    static bool IsNested(ICausalModel model) => model is INestedModel { ExitLayers.Count: > 1 };
}
