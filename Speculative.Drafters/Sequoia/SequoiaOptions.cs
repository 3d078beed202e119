namespace Speculative.Drafters;

/// <summary>The tree of a <see cref="SequoiaDrafter"/>.</summary>
public sealed record SequoiaOptions
{
    /// <summary>
    /// For each rank from 0 on, how often it is the accepted child of an accepted parent; at least one, none negative, their sum at most 1.
    /// The default is what the authors measured for a 68M draft of Llama-2-7B.
    /// </summary>
    /// <exception cref="ArgumentException">A rule is broken.</exception>
    public IReadOnlyList<double> Acceptance
    {
        get;
        init => field = value is { Count: > 0 } && value.All(probability => probability >= 0) && value.Sum() <= 1 + 1e-9
            ? value
            : throw new ArgumentException("Expected probabilities with a sum up to 1.", nameof(Acceptance));
    } = [.6342, .1079, .0570, .0225, .0195, .0150, .0045, .0030, .0120, .0045, .0075, .0045, .0060, .0030, .0015, .0030];

    /// <summary>Drafted nodes, at most; the cost curve may make fewer best. 1 to 1024.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public int NodeCount
    {
        get;
        init => field = value is >= 1 and <= DrafterSettings.MostNodes
            ? value
            : throw new ArgumentOutOfRangeException(nameof(NodeCount), value, $"Expected 1 to {DrafterSettings.MostNodes} nodes.");
    } = 64;

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
