namespace Speculative;

/// <summary>Drafts nothing: plain decoding through the same engine, the baseline of every comparison.</summary>
public sealed class NullDrafter : IDrafter
{
    /// <summary>A factory of null drafters.</summary>
    public static DrafterFactory Factory { get; } = _ => new NullDrafter();

    /// <inheritdoc/>
    public void Start(ReadOnlySpan<int> promptTokenIds) { }

    /// <inheritdoc/>
    public void Draft(ReadOnlySpan<int> contextTokenIds, DraftTree tree) { }

    /// <inheritdoc/>
    public void Observe(in VerifiedStep verified) { }

    /// <inheritdoc/>
    public void Dispose() { }
}
