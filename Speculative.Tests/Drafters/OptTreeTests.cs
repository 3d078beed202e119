using Speculative.Drafters;

namespace Speculative.Tests;

/// <summary>When OPT-Tree stops growing.</summary>
public sealed class OptTreeTests
{
    /// <summary>
    /// Two tokens with probabilities of about 0.73 and 0.27: the best ten nodes gain 1, 1, 0.822, 0.213, 0.065 and 0.009 by their levels.
    /// </summary>
    static readonly float[] Logits = [1, 0, -90, -90];

    static readonly double[] Gains = [1, 1, 0.8219, 0.2133, 0.0651, 0.0089, 0, 0, 0, 0];

    [Theory]
    [InlineData(0.9, 3)]
    [InlineData(0.5, 4)]
    [InlineData(0.1, 5)]
    [InlineData(0.02, 6)]
    [InlineData(1.1, 1)]
    public void LeastGain_StopsAfterTheLevelThatAddsTooLittle(double least, int levels) =>
        Assert.Equal(levels, Levels(new OptTreeOptions { NodeCount = 10, LeastGain = least }));

    /// <summary>
    /// The rate of a step, (1 + expected) / (1 + cost · levels) tokens a target pass, rises with every level but the one after which growth
    /// stops.
    /// </summary>
    [Theory]
    [InlineData(0.05, 5)]
    [InlineData(0.2, 4)]
    [InlineData(0.24, 4)]
    [InlineData(0.3, 4)]
    [InlineData(0.8, 3)]
    [InlineData(1.5, 1)]
    public void PassCost_StopsAfterTheFirstLevelThatYieldsLessThanTheStepBeforeIt(double cost, int levels)
    {
        Assert.Equal(levels, Levels(new OptTreeOptions { NodeCount = 10, PassCost = cost, LeastGain = 0 }));
        double[] rates = [.. Enumerable.Range(0, levels + 1).Select(count => (1 + Gains.Take(count).Sum()) / (1 + cost * count))];
        for (int level = 1; level <= levels; level++)
            Assert.Equal(level < levels, rates[level] > rates[level - 1]);
    }

    [Fact]
    public void PassCost_OfNothing_GrowsWhileALevelAddsAnything() =>
        Assert.InRange(Levels(new OptTreeOptions { NodeCount = 10, PassCost = 0, LeastGain = 5 }), 7, 10);

    [Fact]
    public void PassCost_OutOfRange_IsRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new OptTreeOptions { PassCost = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new OptTreeOptions { PassCost = double.NaN });
        Assert.Throws<ArgumentOutOfRangeException>(() => new OptTreeOptions { PassCost = double.PositiveInfinity });
    }

    /// <summary>Dear draft passes make trees shallow, cheap ones deep: the settings' curves decide, at the same number of nodes.</summary>
    [Fact]
    public void CreateFactory_MeasuredCosts_DecideTheDepth()
    {
        CostCurve target = new([1, 100], [10, 10]);
        Assert.Equal([1, 3, 4, 7], new[] { 15, 8, 2, 0.01 }.Select(milliseconds => Levels(
            settings => OptTreeDrafter.CreateFactory(settings with { CostCurve = target, DraftCostCurve = new([1], [milliseconds]) }))));
        Assert.Equal(Levels(new OptTreeOptions { NodeCount = 10 }), Levels(settings => OptTreeDrafter.CreateFactory(settings)));
    }

    static int Levels(OptTreeOptions options) => Levels(settings => OptTreeDrafter.CreateFactory(settings, options));

    /// <summary>The draft passes of a step.</summary>
    static int Levels(Func<DrafterSettings, DrafterFactory> createFactory)
    {
        using FixedModel model = new(Logits);
        using IDrafter drafter = createFactory(new() { VocabularySize = 4, DraftModel = model, NodeBudget = 10 })(new());
        DraftTree tree = new(32);
        tree.Reset(1, 32);
        drafter.Start([1]);
        drafter.Draft([1], tree);
        return model.Passes;
    }
}
