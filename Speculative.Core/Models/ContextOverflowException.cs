namespace Speculative;

/// <summary>Tokens were given to a sequence that do not fit into its context.</summary>
/// <param name="requested">The length that was asked for.</param>
/// <param name="available">The sequence's maximum.</param>
public sealed class ContextOverflowException(int requested, int available)
    : SpeculativeException($"The context holds at most {available} tokens, but {requested} are needed. "
        + "Shorten the prompt or create the sequence with a larger context.")
{
    /// <summary>The length that was asked for.</summary>
    public int Requested { get; } = requested;

    /// <summary>The sequence's maximum.</summary>
    public int Available { get; } = available;
}
