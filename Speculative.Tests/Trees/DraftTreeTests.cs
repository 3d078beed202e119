using CsCheck;

namespace Speculative.Tests;

public sealed class DraftTreeTests
{
    [Fact]
    public void Reset_PlacesTheRootAlone()
    {
        DraftTree tree = new(4);
        tree.Reset(7, 3);
        tree.Add(0, 1);
        tree.Reset(9, 4);
        Assert.Equal([9], tree.TokenIds.ToArray());
        Assert.Equal([-1], tree.Parents.ToArray());
        Assert.Equal([0], tree.Depths.ToArray());
        Assert.Equal(-1, tree.FirstChild(0));
        Assert.Equal(3, tree.Room);
    }

    [Fact]
    public void Add_KeepsSiblingsInDrawOrder()
    {
        DraftTree tree = new(8);
        tree.Reset(0, 8);
        int first = tree.Add(0, 5), below = tree.Add(first, 5), second = tree.Add(0, 3), third = tree.Add(0, 4);
        Assert.Equal(first, tree.FirstChild(0));
        Assert.Equal(second, tree.NextSibling(first));
        Assert.Equal(third, tree.NextSibling(second));
        Assert.Equal(-1, tree.NextSibling(third));
        Assert.Equal(second, tree.FindChild(0, 3));
        Assert.Equal(below, tree.FindChild(first, 5));
        Assert.Equal(-1, tree.FindChild(0, 9));
    }

    [Fact]
    public void RandomTrees_KeepTheInvariants() =>
        Gen.Int[0, 1000].Array[0, 60].Sample(seeds =>
        {
            DraftTree tree = new(64);
            tree.Reset(0, 64);
            foreach (int seed in seeds)
            {
                int parent = seed % tree.Count, tokenId = seed / 7;
                if (tree.FindChild(parent, tokenId) < 0)
                    tree.Add(parent, tokenId);
            }
            for (int node = 1; node < tree.Count; node++)
            {
                Assert.InRange(tree.Parents[node], 0, node - 1);
                Assert.Equal(tree.Depths[tree.Parents[node]] + 1, tree.Depths[node]);
                Assert.Equal(node, tree.FindChild(tree.Parents[node], tree.TokenIds[node]));
            }
        });

    [Fact]
    public void Add_BeyondTheCapacityOfTheStep_Throws()
    {
        DraftTree tree = new(8);
        tree.Reset(0, 2);
        tree.Add(0, 1);
        Assert.Throws<InvalidOperationException>(() => tree.Add(0, 2));
    }

    [Fact]
    public void Add_TokenOfASibling_Throws()
    {
        DraftTree tree = new(8);
        tree.Reset(0, 8);
        tree.Add(0, 1);
        Assert.Throws<ArgumentException>(() => tree.Add(0, 1));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public void NodesThatAreNotThere_Throw(int node)
    {
        DraftTree tree = new(8);
        tree.Reset(0, 8);
        Assert.Throws<ArgumentOutOfRangeException>(() => tree.Add(node, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => tree.FirstChild(node));
        Assert.Throws<ArgumentOutOfRangeException>(() => tree.NextSibling(node));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(9)]
    public void Reset_CapacityOutOfRange_Throws(int capacity) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new DraftTree(8).Reset(0, capacity));
}
