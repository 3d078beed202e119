namespace Speculative.Drafters;

/// <summary>The tree of a <see cref="DySpecDrafter"/> or a <see cref="DySpecThresholdDrafter"/>.</summary>
public sealed record DySpecOptions
{
    /// <summary>The most nodes drafted; 0 drafts nothing. The paper uses 64 and 768.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int NodeCount
    {
        get;
        init => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(NodeCount), value, "Expected 0 nodes or more.");
    } = 64;
}
