using CsCheck;
using Speculative.Drafters;

namespace Speculative.Tests;

public sealed class TreeTemplateTests
{
    /// <summary>
    /// The published tree as paths of ranks, layer by layer, taken from the path list of the authors' code, not from child counts.
    /// </summary>
    const string PublishedPaths = """
        0 1 2 3 4 5 6 7
        00 01 02 03 04 05 06 07 10 11 12 13 20 21 22 30 31 40 50 60 70
        000 001 002 003 004 005 006 007 010 011 012 020 021 030 040 050 060 070 100 101 110 200 300 400 500
        0000 0001 0002 0003 0004 0010 0011 0020 0030 0040 0100 0200 1000 2000 3000
        00000 00001 00002 00010 00020 00100 01000 10000
        000000 000001 000100
        """;

    [Fact]
    public void Published_HasThePublishedPathsInOrder() =>
        Assert.Equal(PublishedPaths.Split((char[])[' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries), Paths(TreeTemplate.Published));

    [Fact]
    public void Published_Has80NodesOfDepth6InLayersOf8And21And25And15And8And3()
    {
        TreeTemplate tree = TreeTemplate.Published;
        Assert.Equal((80, 6), (tree.NodeCount, tree.Depth));
        Assert.Equal([1, 8, 21, 25, 15, 8, 3], tree.Depths.ToArray().CountBy(depth => depth).Select(layer => layer.Value));
    }

    [Fact]
    public void Published_PromisesThePublishedTokensAStep() => Assert.Equal(2.73, TreeTemplate.Published.Values.ToArray().Sum(), 0.01);

    [Fact]
    public void Values_AreProductsAlongThePath()
    {
        TreeTemplate tree = TreeTemplate.FromChildCounts([[2], [1, 2], [0, 0, 1]], [0.5, 0.25]);
        Assert.Equal(["0", "1", "00", "10", "11", "110"], Paths(tree));
        Assert.Equal([1, 0.5, 0.25, 0.25, 0.125, 0.0625, 0.03125], tree.Values.ToArray());
    }

    [Fact]
    public void Cut_KeepsTheMostValuableNodesTiesBreadthFirst()
    {
        TreeTemplate tree = TreeTemplate.FromChildCounts([[2], [1, 2], [0, 0, 1]], [0.5, 0.25]);
        Assert.Equal(["0", "1"], Paths(tree.Cut(2))); // 1 and 00 are worth the same
        Assert.Equal(["0", "1", "00", "10"], Paths(tree.Cut(4)));
        Assert.Equal([-1, 0, 0, 1, 2], tree.Cut(4).Parents.ToArray());
        Assert.Equal([0, 1, 1, 2, 2], tree.Cut(4).Depths.ToArray());
        Assert.Equal([1, 0.5, 0.25, 0.25, 0.125], tree.Cut(4).Values.ToArray());
    }

    [Fact]
    public void Cut_PrefersDepthWhereTheFirstRankIsSure() => Assert.Equal(
        ["0", "00", "000", "0000", "00000", "000000"],
        Paths(TreeTemplate.Published.WithAcceptance([0.9, 0.02, 0.02, 0.01, 0.01, 0.01, 0.01, 0.01]).Cut(6)));

    [Fact]
    public void Cut_OfAnyAcceptanceAndSize_IsATreeOfTheLargestValues() =>
        Gen.Select(Gen.Double[0, 0.125].Array[8], Gen.Int[0, 80]).Sample((acceptance, nodes) =>
        {
            TreeTemplate whole = TreeTemplate.Published.WithAcceptance(acceptance), cut = whole.Cut(nodes);
            Assert.Equal(nodes, cut.NodeCount);
            string[] all = Paths(whole), kept = Paths(cut);
            Assert.Equal(all.Where(kept.Contains), kept); // breadth-first as before
            Assert.All(kept, path => Assert.True(path.Length == 1 || kept.Contains(path[..^1])));
            Assert.Equal(whole.Values[1..].ToArray().OrderDescending().Take(nodes).Sum(), cut.Values[1..].ToArray().Sum(), 1e-12);
        });

    [Fact]
    public void Cut_Twice_EqualsCutOnce() =>
        Assert.Equal(Paths(TreeTemplate.Published.Cut(9)), Paths(TreeTemplate.Published.Cut(40).Cut(9)));

    [Theory]
    [InlineData(-1)]
    [InlineData(81)]
    public void Cut_OutOfRange_Throws(int nodes) => Assert.Throws<ArgumentOutOfRangeException>(() => TreeTemplate.Published.Cut(nodes));

    [Fact]
    public void FromChildCounts_LayerOfWrongLength_Throws() =>
        Assert.Contains(
            "Layer 1 has 2 nodes, but 3",
            Assert.Throws<ArgumentException>(() => TreeTemplate.FromChildCounts([[2], [1, 1, 1]])).Message);

    [Theory]
    [InlineData(9)]
    [InlineData(-1)]
    public void FromChildCounts_CountOutOfRange_Throws(int count) =>
        Assert.Contains($"got {count}", Assert.Throws<ArgumentException>(() => TreeTemplate.FromChildCounts([[count]])).Message);

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.5, 0.6)]
    [InlineData(0.5, -0.1)]
    [InlineData(0.5, double.NaN)]
    public void WithAcceptance_NotProbabilitiesOfEveryRank_Throws(params double[] acceptance) =>
        Assert.Throws<ArgumentException>(() => TreeTemplate.FromChildCounts([[2]]).WithAcceptance(acceptance));

    static string[] Paths(TreeTemplate tree)
    {
        string[] paths = new string[tree.NodeCount + 1];
        paths[0] = "";
        for (int node = 1; node <= tree.NodeCount; node++)
            paths[node] = paths[tree.Parents[node]] + tree.Ranks[node];
        return paths[1..];
    }
}
