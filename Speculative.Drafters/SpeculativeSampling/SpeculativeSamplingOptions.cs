namespace Speculative.Drafters;

/// <summary>The chain of a <see cref="SpeculativeSamplingDrafter"/>.</summary>
public sealed record SpeculativeSamplingOptions
{
    /// <summary>Tokens drafted; 0 drafts nothing. The papers use 3 to 10, most implementations 5.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int DraftLength
    {
        get;
        init => field = value >= 0
            ? value
            : throw new ArgumentOutOfRangeException(nameof(DraftLength), value, "Expected 0 tokens or more.");
    } = 5;
}
