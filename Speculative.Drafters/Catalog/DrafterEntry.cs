namespace Speculative.Drafters;

/// <summary>A drafter as the catalog knows it.</summary>
/// <param name="Name">How commands and tables call it.</param>
/// <param name="Description">What it does, in one line.</param>
/// <param name="Source">The paper or project that it comes from; empty for none.</param>
/// <param name="Needs">What it needs beside the target, such as a draft model; <c>nothing</c> for nothing.</param>
/// <param name="CreateFactory">Creates a factory of such drafters for one target.</param>
public sealed record DrafterEntry(
    string Name, string Description, string Source, string Needs, Func<DrafterSettings, DrafterFactory> CreateFactory)
{
    /// <summary>
    /// Whether it draws its drafts where the target samples: the output then has the target's distribution but not the tokens of plain
    /// sampling at the seed.
    /// </summary>
    public bool DrawsDrafts { get; init; }
}
