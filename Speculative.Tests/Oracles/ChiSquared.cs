namespace Speculative.Tests;

/// <summary>Pearson's test of counts against probabilities.</summary>
static class ChiSquared
{
    /// <summary>
    /// Fails where counts are further from the probabilities than chance brings about in one of some ten thousand runs, or where something
    /// of probability 0 happened. Outcomes expected fewer than five times are counted as one.
    /// </summary>
    public static void AssertFollows(int[] counts, double[] probabilities)
    {
        double runs = counts.Sum(), chiSquared = 0, rareExpected = 0, rareCount = 0;
        int cells = 0;
        for (int i = 0; i < counts.Length; i++)
        {
            double expected = runs * probabilities[i];
            Assert.True(expected > 0 || counts[i] == 0, $"outcome {i} has probability 0 and happened");
            if (expected < 5)
                (rareExpected, rareCount) = (rareExpected + expected, rareCount + counts[i]);
            else
                (cells, chiSquared) = (cells + 1, chiSquared + Math.Pow(counts[i] - expected, 2) / expected);
        }
        if (rareExpected >= 5)
            (cells, chiSquared) = (cells + 1, chiSquared + Math.Pow(rareCount - rareExpected, 2) / rareExpected);
        Assert.True(chiSquared < cells + 4.5 * Math.Sqrt(2 * cells), $"chi-squared {chiSquared:F1} over {cells} cells");
    }
}
