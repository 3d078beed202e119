namespace Speculative.Drafters;

/// <summary>The tree of an <see cref="Eagle2TreeDrafter"/>; the defaults are those of the published code.</summary>
public sealed record Eagle2TreeOptions
{
    /// <summary>Nodes expanded in a level, and continuations of each; 1 to 64.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public int TopK { get; init => field = Checked(nameof(TopK), value, 1, 64); } = 10;

    /// <summary>
    /// Levels, hence draft passes a step; 1 to 64. The published depth of 7 counts those below the first.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public int Depth { get; init => field = Checked(nameof(Depth), value, 1, 64); } = 8;

    /// <summary>The most nodes drafted, up to 1024; 0 drafts nothing.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public int NodeCount { get; init => field = Checked(nameof(NodeCount), value, 0, DrafterSettings.MostNodes); } = 59;

    static int Checked(string name, int value, int least, int most) => value >= least && value <= most
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"Expected {least} to {most}.");
}
