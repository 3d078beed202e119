namespace Speculative.Drafters;

/// <summary>The tree of a <see cref="DySpecDrafter"/> or a <see cref="DySpecThresholdDrafter"/>.</summary>
public sealed record DySpecOptions
{
    /// <summary>The most nodes drafted, up to 1024; 0 drafts nothing. The paper uses 64 and 768.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public int NodeCount
    {
        get;
        init => field = value is >= 0 and <= DrafterSettings.MostNodes
            ? value
            : throw new ArgumentOutOfRangeException(nameof(NodeCount), value, $"Expected 0 to {DrafterSettings.MostNodes} nodes.");
    } = 64;
}
