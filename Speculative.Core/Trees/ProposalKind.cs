namespace Speculative;

/// <summary>How a drafted token was proposed: what an acceptance rule must know to stay lossless.</summary>
public enum ProposalKind
{
    /// <summary>Proposed deterministically.</summary>
    PointMass,

    /// <summary>Drawn from the parent's <see cref="DraftTree.ChildDistribution"/> without the tokens drawn before it.</summary>
    SampledWithoutReplacement,

    /// <summary>Drawn from the parent's <see cref="DraftTree.ChildDistribution"/>, which the tokens drawn before it stay part of.</summary>
    SampledWithReplacement,
}
