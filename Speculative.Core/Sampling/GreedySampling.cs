namespace Speculative;

/// <summary>Always the most likely token, the lowest id among equals.</summary>
public sealed record GreedySampling : Sampling
{
    /// <inheritdoc/>
    public override ITokenChooser CreateChooser(int vocabularySize) => new GreedyChooser();
}
