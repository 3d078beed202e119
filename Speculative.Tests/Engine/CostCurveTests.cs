namespace Speculative.Tests;

public sealed class CostCurveTests
{
    readonly CostCurve curve = new([1, 4, 8], [2, 2.6, 5]);

    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 2.2)]
    [InlineData(4, 2.6)]
    [InlineData(6, 3.8)]
    [InlineData(8, 5)]
    [InlineData(10, 6.2)]
    public void Milliseconds_InterpolatesAndExtends(int rows, double expected)
    {
        Assert.Equal(expected, curve.Milliseconds(rows), 12);
        Assert.Equal(expected / 2, curve.Relative(rows), 12);
    }

    [Fact]
    public void BadPoints_Throw()
    {
        Assert.Throws<ArgumentException>(() => new CostCurve([], []));
        Assert.Throws<ArgumentException>(() => new CostCurve([2], [1]));
        Assert.Throws<ArgumentException>(() => new CostCurve([1, 2], [1]));
        Assert.Throws<ArgumentException>(() => new CostCurve([1, 1], [1, 2]));
        Assert.Throws<ArgumentException>(() => new CostCurve([1, 2], [1, double.NaN]));
        Assert.Throws<ArgumentOutOfRangeException>(() => curve.Milliseconds(0));
    }

    [Fact]
    public void Measure_CoversTheTreesOfTheModel()
    {
        CostCurve measured = CostCurve.Measure(
            new TableModel(8, maxTreeNodes: 10), contextLength: 5, repetitions: 2, TestContext.Current.CancellationToken);
        Assert.Equal([1, 2, 3, 4, 6, 8], measured.Rows.ToArray());
        Assert.True(measured.Relative(8) > 0);
    }

    [Fact]
    public void MeasureAt_ChosenRows_LeavesOutThoseBeyondTheModel()
    {
        using TableModel model = new(8, maxTreeNodes: 10);
        CostCurve measured = CostCurve.MeasureAt(model, [1, 5, 11], 5, 2, TestContext.Current.CancellationToken);
        Assert.Equal([1, 5], measured.Rows.ToArray());
        Assert.Throws<ArgumentException>(() => CostCurve.MeasureAt(model, [5, 8], 5, 2, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Rising_LowersWhatLiesAboveALaterPoint()
    {
        CostCurve rising = new CostCurve([1, 2, 4, 8], [3, 2, 5, 4]).Rising();
        Assert.Equal([2, 2, 4, 4], rising.Rows.ToArray().Select(rising.Milliseconds));
    }

    [Fact]
    public void MeasureExit_AsksForThatExitAlone()
    {
        NestedTableModel model = new(new TableModel(8, maxTreeNodes: 3), new(8, maxTreeNodes: 3), new(8, maxTreeNodes: 3));
        Assert.Equal([1, 2, 3], CostCurve.MeasureExit(model, 1, 5, repetitions: 2, TestContext.Current.CancellationToken).Rows.ToArray());
        Assert.True(model.Asked[1] > 0);
        Assert.Equal((0, 0), (model.Asked[0], model.Asked[2]));
    }
}
