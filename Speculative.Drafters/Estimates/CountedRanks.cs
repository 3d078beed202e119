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

    /// <summary>What was counted: all tokens, then those at each rank.</summary>
    public long[] Counts() => [Math.Max(total, counts.Sum()), .. counts];

    /// <summary>Goes on from what <see cref="Counts"/> gave; false, and nothing done, where that cannot have been counted.</summary>
    public bool TryRestore(ReadOnlySpan<long> saved)
    {
        Int128 ranked = 0;
        foreach (long count in saved[1..])
            ranked += count < 0 ? Int128.MaxValue / saved.Length : count;
        if (ranked > saved[0])
            return false;
        total = saved[0];
        saved[1..].CopyTo(counts);
        return true;
    }

    /// <summary>Forgets what was counted.</summary>
    public void Clear()
    {
        Array.Clear(counts);
        total = 0;
    }
}
