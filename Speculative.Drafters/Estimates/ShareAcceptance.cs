namespace Speculative.Drafters;

/// <summary>
/// How often a child is accepted when the acceptance reaches it, by the share that the draft model gave it among the tokens left at its
/// draw, and by its place among its siblings: counted while drafting. Before much is counted, a prior decides: a measured one, else one
/// that follows the share.
/// </summary>
/// <remarks>
/// DySpec takes the share itself. That is right for a target that is certain of its next token and a draft model that guesses it as often
/// as it says. The opposite is a target that samples from the draft's own distribution: it keeps every first child, however small its
/// share. So for a first child that was drawn the prior lies half-way between; in all other cases it is the share.
/// </remarks>
sealed class ShareAcceptance
{
    /// <summary>Shares told apart: tenths.</summary>
    public const int Buckets = 10;

    /// <summary>Places told apart: the first child, the second, all others.</summary>
    public const int Places = 3;

    /// <summary>What a prior weighs, in counted children.</summary>
    const double PriorWeight = 4;

    readonly IReadOnlyList<double>? prior;
    readonly bool drawn;
    readonly long[] cases = new long[Places * Buckets], accepted = new long[Places * Buckets];

    /// <summary>Begins with nothing counted.</summary>
    /// <param name="prior">For each place its buckets' rates; null to follow the share.</param>
    /// <param name="kind">How children are proposed.</param>
    /// <exception cref="ArgumentException">The prior has another length, or is no list of probabilities.</exception>
    public ShareAcceptance(IReadOnlyList<double>? prior, ProposalKind kind = ProposalKind.PointMass)
    {
        if (prior is not null && (prior.Count != Places * Buckets || !prior.All(rate => rate is >= 0 and <= 1)))
            throw new ArgumentException($"Expected {Places * Buckets} probabilities.", nameof(prior));
        this.prior = prior;
        drawn = kind != ProposalKind.PointMass;
    }

    /// <summary>The rates so far, as a prior for others.</summary>
    public double[] Rates => [.. Enumerable.Range(0, cases.Length).Select(cell => Rate(cell, (cell % Buckets + 0.5) / Buckets))];

    /// <summary>The estimated probability that a child is accepted once it is reached.</summary>
    /// <param name="share">0 to 1.</param>
    /// <param name="place">0 for a node's first child.</param>
    public double this[double share, int place] => Rate(Cell(share, place), share);

    /// <summary>Counts a child that was reached.</summary>
    public void Count(double share, int place, bool kept)
    {
        cases[Cell(share, place)]++;
        accepted[Cell(share, place)] += kept ? 1 : 0;
    }

    /// <summary>Forgets what was counted.</summary>
    public void Clear()
    {
        Array.Clear(cases);
        Array.Clear(accepted);
    }

    double Rate(int cell, double share) => (Prior(cell, share) * PriorWeight + accepted[cell]) / (PriorWeight + cases[cell]);

    double Prior(int cell, double share) => prior is not null ? prior[cell] : drawn && cell < Buckets ? (1 + share) / 2 : share;

    static int Cell(double share, int place) => Math.Min(place, Places - 1) * Buckets + Math.Min((int)(share * Buckets), Buckets - 1);
}
