namespace Speculative.Tests;

public sealed class StochasticChooserTests
{
    [Fact]
    public void Draw_NeverGivesATokenOfProbabilityZero()
    {
        float[] probabilities = [0, 0.5f, 0, 0.5f, 0];
        Assert.Equal(1, StochasticChooser.Draw(probabilities, 0));
        Assert.Equal(3, StochasticChooser.Draw(probabilities, 0.5));
        Assert.Equal(3, StochasticChooser.Draw(probabilities, 1 - 1.0 / (1L << 53)));
    }

    [Theory]
    [InlineData(0.3f, 0, 1f, 0f)]
    [InlineData(1f, 0, 1f, 0f)]
    [InlineData(1.5f, 7, 1f, 0f)]
    [InlineData(1f, 0, 0.8f, 0f)]
    [InlineData(1f, 0, 1f, 0.1f)]
    [InlineData(0.6f, 12, 0.9f, 0.05f)]
    public void Choose_FollowsTheFilteredDistribution(float temperature, int topK, float topP, float minP)
    {
        StochasticSampling sampling = new() { Temperature = temperature, TopK = topK, TopP = topP, MinP = minP, Seed = 11 };
        FixedOutput output = new(24, 3);
        double[] expected = Reference(output.Row, sampling);
        StochasticChooser chooser = new(sampling, 24);
        const int draws = 40_000;
        int[] counts = new int[24];
        for (int position = 0; position < draws; position++)
            counts[chooser.Choose(output, 0, position)]++;
        double chiSquared = 0;
        int kept = 0;
        for (int i = 0; i < counts.Length; i++)
            if (expected[i] == 0)
                Assert.Equal(0, counts[i]);
            else if (draws * expected[i] > 5)
            {
                kept++;
                chiSquared += Math.Pow(counts[i] - draws * expected[i], 2) / (draws * expected[i]);
            }
        Assert.True(chiSquared < kept + 4.5 * Math.Sqrt(2 * kept), $"chi-squared {chiSquared:F1} over {kept} tokens");
    }

    [Fact]
    public void Choose_LogitsOfAnyMagnitude_DoesNotOverflow()
    {
        StochasticChooser chooser = new(new(), 4);
        Assert.Equal(2, chooser.Choose(new FixedOutput([-1e4f, 0, 1e4f, float.NegativeInfinity]), 0, 0));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Choose_NonFiniteLogits_Throws(float bad) =>
        Assert.Throws<NonFiniteLogitsException>(() => new StochasticChooser(new(), 3).Choose(new FixedOutput([0, bad, 1]), 0, 0));

    [Fact]
    public void Filters_AmongEqualProbabilities_KeepTheLowestIds()
    {
        FixedOutput output = new(new float[40]);
        Assert.Equal([0, 1, 2], Kept(new() { TopK = 3 }, output));
        Assert.Equal(Enumerable.Range(0, 10), Kept(new() { TopP = 0.25f }, output));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Temperature_NotPositive_Throws(float temperature) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new StochasticSampling { Temperature = temperature });

    static List<int> Kept(StochasticSampling sampling, FixedOutput output)
    {
        float[] probabilities = new float[output.VocabularySize];
        new TokenDistribution(sampling, output.VocabularySize).Compute(output, 0, probabilities);
        List<int> kept = [];
        for (int i = 0; i < probabilities.Length; i++)
            if (probabilities[i] > 0)
                kept.Add(i);
        return kept;
    }

    /// <summary>The definition, written plainly in double.</summary>
    static double[] Reference(float[] logits, StochasticSampling sampling)
    {
        double[] p = [.. logits.Select(logit => Math.Exp((logit - logits.Max()) / sampling.Temperature))];
        Normalise(p);
        int[] ranked = [.. Enumerable.Range(0, p.Length).OrderByDescending(i => p[i]).ThenBy(i => i)];
        if (sampling.TopK > 0)
            foreach (int i in ranked.Skip(sampling.TopK))
                p[i] = 0;
        Normalise(p);
        double sum = 0;
        foreach (int i in ranked)
        {
            if (sum >= sampling.TopP)
                p[i] = 0;
            sum += p[i];
        }
        double least = sampling.MinP * p.Max();
        for (int i = 0; i < p.Length; i++)
            if (p[i] < least)
                p[i] = 0;
        Normalise(p);
        return p;
    }

    static void Normalise(double[] p)
    {
        double sum = p.Sum();
        for (int i = 0; i < p.Length; i++)
            p[i] /= sum;
    }
}
