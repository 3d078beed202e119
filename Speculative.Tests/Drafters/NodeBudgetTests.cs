using Speculative.Drafters;

namespace Speculative.Tests;

public sealed class NodeBudgetTests
{
    static readonly double[] Published = TreeTemplate.Published.Values[1..].ToArray();

    [Fact]
    public void Choose_FlatCurve_TakesAllNodes() => Assert.Equal(80, NodeBudget.Choose(Published, new CostCurve([1], [2.0])));

    [Fact]
    public void Choose_CostInProportionToRows_TakesNone() =>
        Assert.Equal(0, NodeBudget.Choose(Published, new CostCurve([1, 2], [1.0, 2.0])));

    [Theory]
    [InlineData(0.45, 0)] // the first node is worth 0.44
    [InlineData(0.43, 1)] // the second 0.1936: 1.44 / 1.43 falls to 1.63 / 1.86
    [InlineData(0.01, 16)]
    public void Choose_LinearCurve_StopsWhereTheNextNodeIsNotWorthItsRow(double slope, int expected) =>
        Assert.Equal(expected, NodeBudget.Choose(Published, new CostCurve([1, 101], [1.0, 1 + 100 * slope])));

    [Fact]
    public void Choose_StepInTheCurve_FillsTheStep() =>
        Assert.Equal(7, NodeBudget.Choose(Published, new CostCurve([1, 8, 9, 16], [1.0, 1.0, 3.0, 3.0])));

    [Fact]
    public void Choose_AnyOrderOfValues_TakesTheLargest() =>
        Assert.Equal(2, NodeBudget.Choose([0.01, 0.5, 0.02, 0.4], new CostCurve([1, 11], [1.0, 2.0])));

    [Fact]
    public void Choose_EqualRates_TakesTheFewerNodes() => Assert.Equal(0, NodeBudget.Choose([0.5], new CostCurve([1, 2], [1.0, 1.5])));
}
