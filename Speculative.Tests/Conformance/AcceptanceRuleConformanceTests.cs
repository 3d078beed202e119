namespace Speculative.Tests;

/// <summary>What every acceptance rule must do. A rule is a subclass that says how to create it.</summary>
public abstract class AcceptanceRuleConformanceTests
{
    const int Vocabulary = 5;

    protected abstract Type Subject { get; }

    /// <summary>Creates the rule for greedy or sampled targets.</summary>
    protected abstract IAcceptanceRule CreateRule(Sampling sampling, int vocabularySize);

    [Fact]
    public void Subject_IsWhatIsCreated() => Assert.IsType(Subject, CreateRule(Sampling.Greedy, Vocabulary));

    [Fact]
    public void Accept_RootAlone_GivesTheTargetsChoiceAsBonus()
    {
        DraftTree tree = new(4);
        tree.Reset(1, 4);
        int[] path = [-1, -1, -1, -1];
        FixedOutput output = new([0, 3, 5, 1, 2]);
        Assert.Equal(new Acceptance(1, 2, TokenOrigin.Bonus), CreateRule(Sampling.Greedy, Vocabulary).Accept(tree, output, 0, path));
        Assert.Equal([0, -1, -1, -1], path);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Accept_MatchingChildAtAnyPlace_IsFollowedToTheLeaf(int place)
    {
        DraftTree tree = new(8);
        tree.Reset(1, 8);
        List<int> tokens = [0, 1];
        tokens.Insert(place, 2);
        int[] children = [.. tokens.Select(token => tree.Add(0, token))];
        int leaf = tree.Add(children[place], 2);
        int[] path = new int[8];
        var acceptance = CreateRule(Sampling.Greedy, Vocabulary).Accept(tree, new FixedOutput([0, 3, 5, 1, 2]), 0, path);
        Assert.Equal(new Acceptance(3, 2, TokenOrigin.Bonus), acceptance);
        Assert.Equal([0, children[place], leaf], path[..3]);
    }

    [Fact]
    public void Accept_NoMatchingChild_RecoversTheTargetsChoice()
    {
        DraftTree tree = new(8);
        tree.Reset(1, 8);
        tree.Add(tree.Add(0, 0), 2);
        tree.Add(0, 4);
        int[] path = new int[8];
        var acceptance = CreateRule(Sampling.Greedy, Vocabulary).Accept(tree, new FixedOutput([0, 3, 5, 1, 2]), 0, path);
        Assert.Equal(new Acceptance(1, 2, TokenOrigin.Recovered), acceptance);
    }

    /// <summary>
    /// The first emitted token has the target's distribution, whatever is drafted: nothing, the likeliest, the unlikeliest, all, all in
    /// reverse.
    /// </summary>
    [Theory]
    [InlineData(new int[0])]
    [InlineData(new[] { 2 })]
    [InlineData(new[] { 0 })]
    [InlineData(new[] { 0, 1, 2, 3, 4 })]
    [InlineData(new[] { 4, 3, 2, 1, 0 })]
    public void Accept_Sampling_EmitsTheTargetsDistribution(int[] children)
    {
        StochasticSampling sampling = new() { Temperature = 1.2f, Seed = 21 };
        FixedOutput output = new([0, 1, 2, 0.5f, float.NegativeInfinity]);
        DraftTree tree = new(8);
        tree.Reset(1, 8);
        foreach (int child in children)
            tree.Add(0, child);
        IAcceptanceRule rule = CreateRule(sampling, Vocabulary);
        double[] target = [.. output.Row.Select(logit => Math.Exp(logit / 1.2))];
        int[] path = new int[8], counts = new int[Vocabulary];
        const int draws = 30_000;
        for (int position = 0; position < 2 * draws; position += 2)
        {
            var acceptance = rule.Accept(tree, output, position, path);
            counts[acceptance.PathLength > 1 ? tree.TokenIds[path[1]] : acceptance.NextTokenId]++;
        }
        Assert.Equal(0, counts[4]);
        double chiSquared = 0;
        for (int i = 0; i < 4; i++)
        {
            double expected = draws * target[i] / target.Sum();
            chiSquared += (counts[i] - expected) * (counts[i] - expected) / expected;
        }
        Assert.True(chiSquared < 16.3, $"chi-squared {chiSquared:F2} with 3 degrees of freedom"); // exceeded with probability 1e-3
    }
}
