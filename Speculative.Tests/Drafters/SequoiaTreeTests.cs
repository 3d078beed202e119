using Speculative.Drafters;

namespace Speculative.Tests;

public sealed class SequoiaTreeTests
{
    static readonly double[] Three = [.6, .2, .1];
    static readonly int[] Split = [42, 8, 5, 3, 3, 2];
    static readonly int[] Sizes = [2, 4, 8, 16, 32, 64];

    /// <summary>Golden values, computed independently.</summary>
    [Theory]
    [InlineData(5, new[] { 1, 2, 3, 4, 6, 8, 12, 16 }, new[] { 1, 1.6, 1.96, 2.176, 2.5056, 2.7456, 3.0674, 3.3026 })]
    [InlineData(2, new[] { 1, 2, 3, 4, 6, 8, 12 }, new[] { 1, 1.6, 1.96, 2.16, 2.4, 2.56, 2.7 })]
    [InlineData(1, new[] { 1, 2, 3, 4 }, new[] { 1, 1.6, 1.8, 1.9 })]
    public void Expected_ThreeRanks(int depth, int[] nodes, double[] expected)
    {
        SequoiaTree tree = new(Three, 16, depth);
        Assert.Equal(expected, nodes.Select(count => Math.Round(tree.Expected(count, depth), 4)));
    }

    [Fact]
    public void Expected_PublishedAcceptance()
    {
        IReadOnlyList<double> acceptance = new SequoiaOptions().Acceptance;
        SequoiaTree tree = new([.. acceptance], 64, 10);
        double[] golden = [1.634, 2.291, 2.732, 3.130, 3.501, 3.855];
        foreach (var (size, expected) in Sizes.Zip(golden))
            Assert.Equal(expected, tree.Expected(size, 10), tolerance: 0.001); // the last is cut at three digits, not rounded
        Assert.Equal(tree.Expected(64, 10), tree.Create(64, 10).Values.ToArray().Sum(), 12);
        // The golden split of the root; 43, 7, 5, 3, 3, 2 is worth the same.
        Assert.Equal(tree.Expected(64, 10), 1 + Split.Index().Sum(child => acceptance[child.Index] * tree.Expected(child.Item, 9)), 12);
    }

    [Fact]
    public void Create_EverySize_IsWorthWhatWasPromised()
    {
        for (int depth = 1; depth <= 4; depth++)
        {
            SequoiaTree tree = new(Three, 30, depth);
            for (int nodes = 1; nodes <= 30; nodes++)
                if (double.IsInfinity(tree.Expected(nodes, depth)))
                    Assert.Throws<ArgumentException>(() => tree.Create(nodes, depth));
                else
                {
                    TreeTemplate best = tree.Create(nodes, depth);
                    Assert.Equal(nodes - 1, best.NodeCount);
                    Assert.InRange(best.Depth, 0, depth);
                    Assert.Equal(tree.Expected(nodes, depth), best.Values.ToArray().Sum(), 12);
                }
        }
    }

    [Fact]
    public void ChooseSize_WeighsRowsAndLevels()
    {
        SequoiaTree tree = new(Three, 16, 5);
        Assert.Equal(16, tree.ChooseSize(new([1], [1.0]), null).Nodes);
        Assert.Equal((1, 0), tree.ChooseSize(new([1, 2], [1.0, 2.0]), null));
        Assert.Equal((1, 0), tree.ChooseSize(new([1], [1.0]), new([1], [1.0])));
        (int nodes, int depth) = tree.ChooseSize(new([1], [1.0]), new([1], [0.3]));
        Assert.Equal(13, nodes); // three children a node fill two levels
        Assert.Equal(2, depth); // 1.9 / 1.3, 2.71 / 1.6, 3.1 / 1.9: a third level does not pay
    }
}
