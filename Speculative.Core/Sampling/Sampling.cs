namespace Speculative;

/// <summary>How the target's token is chosen from its logits. Greedy is a type of its own, not a temperature near zero.</summary>
public abstract record Sampling
{
    private protected Sampling() { }

    /// <summary>Always the most likely token.</summary>
    public static Sampling Greedy { get; } = new GreedySampling();

    /// <summary>Creates the chooser that follows these rules.</summary>
    /// <param name="vocabularySize">The length of a row of logits.</param>
    public abstract ITokenChooser CreateChooser(int vocabularySize);

    /// <summary>Creates the rule that checks drafts under these rules of choice.</summary>
    internal virtual IAcceptanceRule CreateRule(AcceptanceKind kind, int vocabularySize) => kind == AcceptanceKind.Traversal
        ? new TraversalAcceptance(this, vocabularySize)
        : new RecursiveRejectionAcceptance(this, vocabularySize);
}
