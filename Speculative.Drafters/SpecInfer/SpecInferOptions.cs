namespace Speculative.Drafters;

/// <summary>The tree of a <see cref="SpecInferDrafter"/>.</summary>
public sealed record SpecInferOptions
{
    /// <summary>For each level, how many children each node of the level above draws; each at least 1.</summary>
    /// <exception cref="ArgumentException">An element is below 1.</exception>
    public IReadOnlyList<int> Expansion
    {
        get;
        init => field = value.All(draws => draws >= 1)
            ? value
            : throw new ArgumentException(
                $"Expected at least 1 child a node on every level, got <{string.Join(",", value)}>.", nameof(Expansion));
    } = [1, 1, 3, 1, 1, 1, 1, 1];

    /// <summary>The most nodes drafted, up to 1024; 0 drafts nothing. The default is all of the default expansion.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public int NodeCount
    {
        get;
        init => field = value is >= 0 and <= DrafterSettings.MostNodes
            ? value
            : throw new ArgumentOutOfRangeException(nameof(NodeCount), value, $"Expected 0 to {DrafterSettings.MostNodes} nodes.");
    } = 20;

    /// <summary>The published expansion for a budget: its third level as wide as the nodes allow, but at least as published.</summary>
    internal static SpecInferOptions Published(int nodeCount)
    {
        SpecInferOptions published = new() { NodeCount = nodeCount };
        int[] expansion = [.. published.Expansion];
        int before = 2, levels = expansion.Length - before;
        expansion[before] = Math.Max(expansion[before], (nodeCount - before) / levels);
        return published with { Expansion = expansion };
    }
}
