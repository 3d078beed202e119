namespace Speculative.Tests;

public sealed class TargetMatchConformanceTests : AcceptanceRuleConformanceTests
{
    protected override Type Subject => typeof(TargetMatchAcceptance);

    protected override IAcceptanceRule CreateRule(Sampling sampling, int vocabularySize) =>
        new TargetMatchAcceptance(sampling.CreateChooser(vocabularySize));
}

public sealed class TargetMatchAcceptanceTests
{
    [Fact]
    public void Accept_TakesTheRandomNumberOfEachOutputPosition()
    {
        StochasticSampling sampling = new() { Seed = 5 };
        FixedOutput output = new(16, 9);
        StochasticChooser plain = new(sampling, 16);
        DraftTree tree = new(8);
        tree.Reset(0, 8);
        int first = tree.Add(0, plain.Choose(output, 0, 40)), second = tree.Add(first, plain.Choose(output, 0, 41));
        int[] path = new int[8];
        var acceptance = new TargetMatchAcceptance(new StochasticChooser(sampling, 16)).Accept(tree, output, 40, path);
        Assert.Equal([0, first, second], path[..acceptance.PathLength]);
        Assert.Equal(plain.Choose(output, 0, 42), acceptance.NextTokenId);
    }
}
