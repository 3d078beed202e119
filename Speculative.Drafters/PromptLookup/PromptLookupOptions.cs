namespace Speculative.Drafters;

/// <summary>How a <see cref="PromptLookupDrafter"/> looks up and copies.</summary>
public sealed record PromptLookupOptions
{
    /// <summary>The longest suffix looked for, in tokens; at least 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int MaxMatchLength
    {
        get;
        init => field = value >= 1
            ? value
            : throw new ArgumentOutOfRangeException(nameof(MaxMatchLength), value, "Expected at least 1 token.");
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
