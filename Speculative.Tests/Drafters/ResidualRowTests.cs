using Speculative.Drafters;

namespace Speculative.Tests;

public sealed class ResidualRowTests
{
    /// <summary>Pairs of tokens taken without replacement, over more than one block, against p(a) · p(b) / (1 - p(a)).</summary>
    [Fact]
    public void Take_Drawn_FollowsTheResiduals()
    {
        float[] distribution = new float[600];
        (distribution[3], distribution[255], distribution[256], distribution[599]) = (0.5f, 0.1f, 0.3f, 0.1f);
        int[] tokens = [3, 255, 256, 599];
        ResidualRow row = new(600);
        Dictionary<(int, int), int> counts = [];
        const int runs = 40_000;
        for (int run = 0; run < runs; run++)
        {
            distribution.CopyTo(row.Row);
            row.Begin(RowOrder.Drawn);
            int first = row.Take(new RandomSource(1).Uniform((ulong)(2 * run)), out double share);
            Assert.Equal(distribution[first], share, 1e-6);
            int second = row.Take(new RandomSource(1).Uniform((ulong)(2 * run + 1)), out share);
            Assert.Equal(distribution[second] / (1 - distribution[first]), share, 1e-6);
            counts[(first, second)] = counts.GetValueOrDefault((first, second)) + 1;
        }
        double chiSquared = 0;
        foreach (int first in tokens)
            foreach (int second in tokens)
                if (first != second)
                {
                    double expected = runs * (double)distribution[first] * distribution[second] / (1 - distribution[first]);
                    chiSquared += Math.Pow(counts[(first, second)] - expected, 2) / expected;
                }
        Assert.Equal(12, counts.Count);
        Assert.True(chiSquared < 31.3, $"chi-squared {chiSquared:F1} with 11 degrees of freedom"); // exceeded with probability 1e-3
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.5)]
    [InlineData(1 - 1.0 / (1L << 53))]
    public void Take_Drawn_GivesEveryTokenOnceAndNoneOfProbabilityZero(double uniform)
    {
        ResidualRow row = new(700);
        row.Row.Clear();
        for (int id = 5; id < 700; id += 7)
            row.Row[id] = 0.01f;
        row.Begin(RowOrder.Drawn);
        List<int> taken = [];
        while (row.Take(uniform, out _) is >= 0 and int tokenId)
            taken.Add(tokenId);
        Assert.Equal(Enumerable.Range(0, 100).Select(i => 5 + 7 * i).Take(taken.Count), taken.Order());
        Assert.Equal(100, taken.Count);
    }

    [Fact]
    public void Take_Ranked_GivesTheMostLikelyFirst_LowerIdsAmongEquals()
    {
        ResidualRow row = new(300);
        row.Row.Clear();
        (row.Row[299], row.Row[1], row.Row[2]) = (0.25f, 0.25f, 0.5f);
        row.Begin(RowOrder.Ranked);
        Assert.Equal((2, 0.5), (row.Take(0, out double share), share));
        Assert.Equal((1, 0.5), (row.Take(0, out share), share));
        Assert.Equal((299, 1.0), (row.Take(0, out share), share));
        Assert.Equal(-1, row.Take(0, out _));
    }
}
