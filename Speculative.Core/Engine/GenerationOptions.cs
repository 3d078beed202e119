namespace Speculative;

/// <summary>What a request asks for.</summary>
public sealed record GenerationOptions
{
    /// <summary>The most tokens to emit; at least 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int MaxNewTokens
    {
        get;
        init => field = value >= 1 ? value
            : throw new ArgumentOutOfRangeException(nameof(MaxNewTokens), value, "Expected a budget of at least 1 token.");
    } = 256;

    /// <summary>How the target's tokens are chosen.</summary>
    public Sampling Sampling { get; init; } = Sampling.Greedy;

    /// <summary>Which lossless rule checks drawn drafts; a matter of speed. Point masses and greedy targets are not affected.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not one of the kinds.</exception>
    public AcceptanceKind Acceptance
    {
        get;
        init => field = Enum.IsDefined(value)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Acceptance), value, "Expected RecursiveRejection or Traversal.");
    }

    /// <summary>Tokens that end the output, as its last token.</summary>
    public IReadOnlyList<int> StopTokenIds { get; init; } = [];

    /// <summary>
    /// Texts that end the output wherever they appear in it, across token borders too; needs an engine with a token decoder. The first to
    /// be complete counts, however the tokens fall: with "cd" and "abcde", the output "abcde" ends before "cd", without waiting for more.
    /// Of those complete with the same character, the one that began first counts.
    /// </summary>
    public IReadOnlyList<string> StopStrings { get; init; } = [];
}
