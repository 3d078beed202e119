namespace Speculative.Drafters;

/// <summary>The tree of an <see cref="OptTreeDrafter"/>; the defaults are those of the published code.</summary>
public sealed record OptTreeOptions
{
    /// <summary>Nodes drafted, and the most that the draft model evaluates in a level; 0 drafts nothing.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int NodeCount
    {
        get;
        init => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(NodeCount), value, "Expected 0 nodes or more.");
    } = 50;

    /// <summary>
    /// Growth stops when a level adds no more expected tokens than this: between the time of a draft pass in target passes, and 1.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not a number.</exception>
    public double LeastGain
    {
        get;
        init => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(LeastGain), value, "Expected 0 or more.");
    } = 0.5;

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
