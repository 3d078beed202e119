namespace Speculative;

/// <summary>Always the most likely token, the lowest id among equals.</summary>
public sealed record GreedySampling : Sampling
{
    /// <inheritdoc/>
    public override ITokenChooser CreateChooser(int vocabularySize) => new GreedyChooser();

    /// <summary>A greedy target has one rule: the walk along its own choices.</summary>
    internal override IAcceptanceRule CreateRule(AcceptanceKind kind, int vocabularySize) =>
        new TargetMatchAcceptance(CreateChooser(vocabularySize));
}
