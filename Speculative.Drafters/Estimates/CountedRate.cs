namespace Speculative.Drafters;

/// <summary>How often something happens, counted; before much is counted, a prior decides.</summary>
/// <param name="prior">The rate that nothing counted yet means; weighs as much as eight counted cases.</param>
sealed class CountedRate(double prior)
{
    const double PriorWeight = 8;

    long cases, happened;

    /// <summary>The rate so far, between 0 and 1.</summary>
    public double Value => (prior * PriorWeight + happened) / (PriorWeight + cases);

    /// <summary>Forgets what was counted.</summary>
    public void Clear() => cases = happened = 0;

    /// <summary>Counts a chain that was checked: every node of the accepted length happened, the one after it did not.</summary>
    /// <param name="drafted">The chain's length.</param>
    /// <param name="accepted">How much of it was accepted.</param>
    public void CountChain(int drafted, int accepted)
    {
        cases += Math.Min(drafted, accepted + 1);
        happened += accepted;
    }

    /// <summary>How many nodes of a chain are accepted in the mean, where each is at this rate once those before it are.</summary>
    public double ExpectedOfChain(int length)
    {
        double expected = 0, reached = 1, rate = Value;
        for (; length > 0; length--)
            expected += reached *= rate;
        return expected;
    }
}
