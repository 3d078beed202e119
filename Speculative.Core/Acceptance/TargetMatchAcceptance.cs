namespace Speculative;

/// <summary>
/// Acceptance of deterministic proposals: the target chooses one token after each node, greedily or by sampling, and the walk follows the
/// child that holds it. Lossless and optimal for point-mass drafts at any temperature (the probability to go on is the target's mass on the
/// distinct children, the most that any lossless rule can reach).
/// </summary>
/// <remarks>
/// The choice at an output position uses that position's random number alone. So sampled output at a seed is token for token that of plain
/// sampling at the seed, whichever drafter proposed. Cost: one row a visited node.
/// </remarks>
/// <param name="chooser">Chooses the target's token.</param>
public sealed class TargetMatchAcceptance(ITokenChooser chooser) : IAcceptanceRule
{
    /// <inheritdoc/>
    public Acceptance Accept(DraftTree tree, IModelOutput output, long position, Span<int> acceptedPath)
    {
        acceptedPath[0] = 0;
        for (int node = 0, length = 1; ; length++)
        {
            int tokenId = chooser.Choose(output, node, position + length - 1);
            int child = tree.FindChild(node, tokenId);
            if (child < 0)
                return new(length, tokenId, tree.FirstChild(node) < 0 ? TokenOrigin.Bonus : TokenOrigin.Recovered);
            acceptedPath[length] = node = child;
        }
    }
}
