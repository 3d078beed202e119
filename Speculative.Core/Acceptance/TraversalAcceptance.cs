namespace Speculative;

/// <summary>
/// Acceptance of drawn proposals from the leaves up: the path to the first leaf is kept whole with the joint probability of its nodes, each
/// ratio capped at 1 on the way; if it fails, the leaf goes, and the path to the next leaf is tried against what is left. A node is judged
/// only after all its children failed. Lossless for the same trees as <see cref="RecursiveRejectionAcceptance"/>, and accepts somewhat
/// more.
/// </summary>
/// <remarks>
/// <para>Weng et al., "Traversal Verification for Speculative Tree Decoding" (NeurIPS 2025, arXiv 2505.12398). On a chain it is block
/// verification, Sun et al. (ICLR 2025, arXiv 2403.10444). For point masses it brings nothing, so trees without drawn nodes, and greedy
/// targets, are walked as <see cref="TargetMatchAcceptance"/> does.</para>
/// <para>Decisions take numbers of <see cref="RandomSource.AcceptanceStream"/>, indexed by the step's first output position and counted
/// within the step, each used once; the token that ends a step takes its position's number.</para>
/// <para>Cost: one row of the target a node with children on the way, a few passes over the vocabulary a failed node. Memory: two rows a
/// level of the deepest tree. Allocates nothing once trees stop growing deeper.</para>
/// </remarks>
public sealed class TraversalAcceptance : IAcceptanceRule
{
    readonly TargetMatchAcceptance match;
    readonly TraversalWalk<float>? walk;

    /// <summary>Creates the rule of one session.</summary>
    /// <param name="sampling">How the target's tokens are chosen.</param>
    /// <param name="vocabularySize">The length of a row of logits.</param>
    public TraversalAcceptance(Sampling sampling, int vocabularySize)
    {
        ArgumentNullException.ThrowIfNull(sampling);
        match = new(sampling.CreateChooser(vocabularySize));
        walk = sampling is StochasticSampling stochastic ? new(new FloatArithmetic(stochastic, vocabularySize)) : null;
    }

    /// <inheritdoc/>
    public Acceptance Accept(DraftTree tree, IModelOutput output, long position, Span<int> acceptedPath)
    {
        ArgumentNullException.ThrowIfNull(tree);
        return walk is null || !tree.HasDistributions
            ? match.Accept(tree, output, position, acceptedPath)
            : walk.Accept(tree, output, position, acceptedPath);
    }
}
