namespace Speculative.Drafters;

/// <summary>How a <see cref="PromptLookupDrafter"/> looks up and copies.</summary>
public sealed record PromptLookupOptions
{
    /// <summary>The longest suffix looked for, in tokens; 1 to 1024.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public int MaxMatchLength
    {
        get;
        init => field = value is >= 1 and <= 1024
            ? value
            : throw new ArgumentOutOfRangeException(nameof(MaxMatchLength), value, "Expected 1 to 1024 tokens.");
    } = 3;

    /// <summary>The most tokens copied; 0 drafts nothing.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int MaxDraftLength
    {
        get;
        init => field = value >= 0
            ? value
            : throw new ArgumentOutOfRangeException(nameof(MaxDraftLength), value, "Expected 0 tokens or more.");
    } = 10;
}
