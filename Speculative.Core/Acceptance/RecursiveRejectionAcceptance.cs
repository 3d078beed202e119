namespace Speculative;

/// <summary>
/// Acceptance of drawn proposals from the root down: at each node its children are tried in draw order, each kept with probability
/// min(1, target / draft); after a failure the next one is tried against what is left of both distributions. Where none is kept, the next
/// token is drawn from what is left of the target's. Lossless for point masses, drawings without and with replacement, and mixtures.
/// </summary>
/// <remarks>
/// <para>Recursive rejection without replacement: Chen et al., "Sequoia" (arXiv 2402.12374), algorithm 2, and Xiong et al., "DySpec"
/// (arXiv 2410.11744), algorithm 3; with replacement it is multi-step speculative sampling, Miao et al., "SpecInfer" (arXiv 2305.09781),
/// algorithm 2; on a chain it is Leviathan et al. (arXiv 2211.17192) and Chen et al. (arXiv 2302.01318). Where a draft distribution is
/// exhausted the rest of the target's decides, as in DySpec.</para>
/// <para>A node whose children are all point masses, and a greedy target, are walked as <see cref="TargetMatchAcceptance"/> does, with the
/// same random numbers. Decisions take numbers of <see cref="RandomSource.AcceptanceStream"/>, indexed by output position and sibling, each
/// used once; the token that ends a step takes its position's number.</para>
/// <para>Cost: one row of the target a visited node, a few passes over the vocabulary a failed child. Allocates nothing.</para>
/// </remarks>
public sealed class RecursiveRejectionAcceptance : IAcceptanceRule
{
    readonly TargetMatchAcceptance match;
    readonly RejectionWalk<float>? walk;

    /// <summary>Creates the rule of one session.</summary>
    /// <param name="sampling">How the target's tokens are chosen.</param>
    /// <param name="vocabularySize">The length of a row of logits.</param>
    public RecursiveRejectionAcceptance(Sampling sampling, int vocabularySize)
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
