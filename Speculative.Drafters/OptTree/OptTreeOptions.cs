namespace Speculative.Drafters;

/// <summary>The tree of an <see cref="OptTreeDrafter"/>; the defaults are those of the published code.</summary>
public sealed record OptTreeOptions
{
    /// <summary>Nodes drafted, and the most that the draft model evaluates in a level, up to 1024; 0 drafts nothing.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public int NodeCount
    {
        get;
        init => field = value is >= 0 and <= DrafterSettings.MostNodes
            ? value
            : throw new ArgumentOutOfRangeException(nameof(NodeCount), value, $"Expected 0 to {DrafterSettings.MostNodes} nodes.");
    } = 50;

    /// <summary>
    /// Growth stops when a level adds no more expected tokens than this: between the time of a draft pass in target passes, and 1. Not
    /// asked where <see cref="PassCost"/> is known.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not a number.</exception>
    public double LeastGain
    {
        get;
        init => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(LeastGain), value, "Expected 0 or more.");
    } = 0.5;

    /// <summary>
    /// The time of a draft pass in target passes, where it was measured: growth then stops when a level adds no more expected tokens than
    /// its pass's time is worth, at the rate of what the step yields without it. Null for <see cref="LeastGain"/>.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not a finite number.</exception>
    public double? PassCost
    {
        get;
        init => field = value is null or >= 0 and < double.PositiveInfinity
            ? value
            : throw new ArgumentOutOfRangeException(nameof(PassCost), value, "Expected a finite number of passes, 0 or more.");
    }

    /// <summary>The most levels, hence draft passes a step; 1 to 64.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public int Depth
    {
        get;
        init => field = value is >= 1 and <= 64
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Depth), value, "Expected 1 to 64 levels.");
    } = 10;
}
