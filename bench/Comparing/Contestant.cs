namespace Speculative.Bench.Comparing;

/// <summary>A drafter that takes part in a comparison.</summary>
/// <param name="Name">Its name in the catalog.</param>
/// <param name="CreateFactory">Creates its factory, with nothing learnt yet.</param>
sealed record Contestant(string Name, Func<DrafterFactory> CreateFactory)
{
    /// <summary>Plain decoding: the baseline.</summary>
    public static Contestant Plain { get; } = new("plain", () => NullDrafter.Factory);

    /// <summary>Those who take part beside plain decoding, in words.</summary>
    public static string Describe(IReadOnlyList<string> names) => names.Count == 0 ? "plain decoding" : string.Join(", ", names);
}
