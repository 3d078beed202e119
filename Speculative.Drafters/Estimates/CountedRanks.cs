namespace Speculative.Drafters;

/// <summary>
/// How often the token that the target emits is each ranked continuation of a table, counted from every emitted token; before much is
/// counted, a prior decides. Shared by drafters on several threads like the table itself: a lost count does no harm.
/// </summary>
/// <param name="prior">For each rank the rate that nothing counted yet means; weighs as much as 64 counted tokens.</param>
sealed class CountedRanks(IReadOnlyList<double> prior)
{
    const double PriorWeight = 64;

    readonly long[] counts = new long[prior.Count];
    long total;

    /// <summary>The share of a rank so far, between 0 and 1.</summary>
    public double this[int rank] => (prior[rank] * PriorWeight + counts[rank]) / (PriorWeight + total);

    /// <summary>Counts an emitted token.</summary>
    /// <param name="rank">Its rank among the continuations; below 0 if it was none of them.</param>
    public void Count(int rank)
    {
        total++;
        if (rank >= 0)
            counts[rank]++;
    }

    /// <summary>Forgets what was counted.</summary>
    public void Clear()
    {
        Array.Clear(counts);
        total = 0;
    }
}
