namespace Speculative.Drafters;

/// <summary>Every drafter by its name. A new drafter is one file and one line here.</summary>
public static class DrafterCatalog
{
    /// <summary>All drafters, plain decoding first.</summary>
    public static IReadOnlyList<DrafterEntry> Entries { get; } =
    [
        new("plain", "Drafts nothing: one token a pass", "", "nothing", _ => NullDrafter.Factory),
        new(
            "prompt-lookup", "Copies what followed the last tokens earlier in the text", "Saxena 2023", "nothing",
            PromptLookupDrafter.CreateFactory),
        new(
            "token-recycling", "Walks a table of the target's own recent next tokens", "arXiv 2408.08696", "nothing",
            TokenRecyclingDrafter.CreateFactory),
        new(
            "eagle2-tree", "Drafts the most probable nodes of a tree that grows where a draft model is confident", "arXiv 2406.16858",
            "a draft model", settings => Eagle2TreeDrafter.CreateFactory(settings)),
        new(
            "opt-tree", "Drafts the tree of most expected tokens, grown while a level still adds enough", "arXiv 2406.17276",
            "a draft model", settings => OptTreeDrafter.CreateFactory(settings)),
        new(
            "sequoia", "Fills the tree that is best for measured acceptance and for the machine", "arXiv 2402.12374",
            "a draft model", settings => SequoiaDrafter.CreateFactory(settings)) { DrawsDrafts = true },
        new(
            "s2d", "Drafts a chain, each token with as few layers of a sorted model as make it confident", "arXiv 2407.01955",
            "a sorted draft model", settings => S2DDrafter.CreateFactory(settings, S2DOptions.ChainFor(settings))),
        new(
            "s2d-tree", "Drafts a tree, each level with as few layers of a sorted model as make it confident", "arXiv 2407.01955",
            "a sorted draft model", settings => S2DDrafter.CreateFactory(settings, S2DOptions.TreeFor(settings))),
        new(
            "s2d-drawn", "Draws such a chain where the target samples", "arXiv 2407.01955", "a sorted draft model",
            settings => S2DDrawnDrafter.CreateFactory(settings, S2DOptions.ChainFor(settings))) { DrawsDrafts = true },
        new(
            "s2d-tree-drawn", "Draws a tree, each level with as few layers as make the model confident", "arXiv 2407.01955",
            "a sorted draft model", settings => S2DDrawnDrafter.CreateFactory(settings, S2DOptions.TreeFor(settings)))
        {
            DrawsDrafts = true,
        },
        new(
            "speculative-sampling", "Draws a chain from a draft model", "arXiv 2211.17192", "a draft model",
            settings => SpeculativeSamplingDrafter.CreateFactory(settings)) { DrawsDrafts = true },
        new(
            "specinfer", "Draws a tree of fixed shape from a draft model", "arXiv 2305.09781", "a draft model",
            settings => SpecInferDrafter.CreateFactory(settings)) { DrawsDrafts = true },
        new(
            "dyspec", "Draws a tree from a draft model, always where it is most likely to be reached", "arXiv 2410.11744", "a draft model",
            settings => DySpecDrafter.CreateFactory(settings)) { DrawsDrafts = true },
        new(
            "dyspec-threshold", "Draws such a tree level by level, one draft pass each", "arXiv 2410.11744", "a draft model",
            settings => DySpecThresholdDrafter.CreateFactory(settings)) { DrawsDrafts = true },
    ];

    /// <summary>The drafter with a name.</summary>
    /// <param name="name">A name as <see cref="Entries"/> has it.</param>
    /// <exception cref="ArgumentException">No drafter has this name; the message lists those there are.</exception>
    public static DrafterEntry Find(string name) =>
        Entries.FirstOrDefault(entry => entry.Name == name)
        ?? throw new ArgumentException(
            $"Unknown drafter '{name}': expected one of {string.Join(", ", Entries.Select(entry => entry.Name))}.", nameof(name));

    /// <summary>Creates the factory of a drafter.</summary>
    /// <param name="name">A name as <see cref="Entries"/> has it.</param>
    /// <param name="settings">The target's sizes and what the user asked for.</param>
    /// <exception cref="ArgumentException">No drafter has this name; the message lists those there are.</exception>
    public static DrafterFactory CreateFactory(string name, DrafterSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return Find(name).CreateFactory(settings);
    }
}
