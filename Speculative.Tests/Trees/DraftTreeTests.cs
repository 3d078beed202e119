using CsCheck;

namespace Speculative.Tests;

public sealed class DraftTreeTests
{
    [Fact]
    public void ExpectedAcceptedLength_IsForgottenAtResetAndChecked()
    {
        DraftTree tree = new(4);
        tree.Reset(7, 3);
        tree.ExpectedAcceptedLength = 1.25;
        Assert.Equal(1.25, tree.ExpectedAcceptedLength);
        Assert.Throws<ArgumentOutOfRangeException>(() => tree.ExpectedAcceptedLength = -0.1);
        Assert.Throws<ArgumentOutOfRangeException>(() => tree.ExpectedAcceptedLength = double.NaN);
        tree.Reset(7, 3);
        Assert.Equal(0, tree.ExpectedAcceptedLength);
    }

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
    public void Add_BelowTheDeepestLevel_Throws()
    {
        DraftTree tree = new(8);
        tree.Reset(0, 8, maxDepth: 2);
        int deepest = tree.Add(tree.Add(0, 1), 2);
        Assert.Equal((true, false), (tree.CanGrow(1), tree.CanGrow(deepest)));
        Assert.Throws<InvalidOperationException>(() => tree.Add(deepest, 3));
        tree.Reset(0, 8, maxDepth: 0);
        Assert.False(tree.CanGrow(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => tree.Reset(0, 8, maxDepth: -1));
    }

    [Fact]
    public void Tree_OfATarget_TakesItsTokensAlone()
    {
        DraftTree tree = new(8, vocabularySize: 5);
        tree.Reset(0, 8);
        Assert.Throws<ArgumentOutOfRangeException>(() => tree.Add(0, 5));
        Assert.Throws<ArgumentOutOfRangeException>(() => tree.Add(0, -1));
        Assert.Throws<ArgumentException>(() => tree.RentChildDistribution(0, 6).Length);
        Assert.False(tree.HasDistributions);
        Assert.Equal(5, tree.RentChildDistribution(0, 5).Length);
        Assert.Equal(1, tree.Add(0, 4));
        Assert.Throws<ArgumentOutOfRangeException>(() => new DraftTree(8, 0));
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

    [Fact]
    public void RentChildDistribution_SeparatesPointMassesFromDraws()
    {
        DraftTree tree = new(8);
        tree.Reset(0, 8);
        int first = tree.Add(0, 1);
        Assert.False(tree.HasDistributions);
        tree.RentChildDistribution(0, 3).Fill(0.5f);
        int second = tree.Add(0, 2), below = tree.Add(second, 2);
        Assert.Equal(ProposalKind.PointMass, tree.Kind(first));
        Assert.Equal(ProposalKind.SampledWithoutReplacement, tree.Kind(second));
        Assert.Equal(ProposalKind.PointMass, tree.Kind(below));
        Assert.Equal([0.5f, 0.5f, 0.5f], tree.ChildDistribution(0).ToArray());
        Assert.True(tree.ChildDistribution(second).IsEmpty);
        Assert.True(tree.HasDistributions);
        tree.Reset(0, 8);
        Assert.False(tree.HasDistributions);
        Assert.True(tree.ChildDistribution(0).IsEmpty);
        Assert.Equal(ProposalKind.PointMass, tree.Kind(tree.Add(0, 1)));
    }

    [Fact]
    public void Add_RepeatedDraw_IsCountedWhereItHappened()
    {
        DraftTree tree = new(8);
        tree.Reset(0, 8);
        tree.RentChildDistribution(0, 3, ProposalKind.SampledWithReplacement).Fill(1);
        int first = tree.Add(0, 2);
        Assert.Equal(first, tree.Add(0, 2));
        int second = tree.Add(0, 1);
        Assert.Equal(first, tree.Add(0, 2));
        Assert.Equal(second, tree.Add(0, 1));
        Assert.Equal((3, 1, 2), (tree.Count, tree.Repeats(first), tree.Repeats(second)));
        tree.Reset(0, 8);
        Assert.Equal(0, tree.Repeats(tree.Add(0, 2)));
    }

    [Fact]
    public void RentChildDistribution_ManyRows_KeepsEachAndAllocatesOnce()
    {
        DraftTree tree = new(200);
        long allocated = 0;
        for (int step = 0; step < 3; step++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            tree.Reset(0, 200);
            for (int node = 0; node < 199; node++)
            {
                tree.RentChildDistribution(node, 5).Fill(node);
                tree.Add(node, 1);
            }
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }
        for (int node = 0; node < 199; node++)
            Assert.Equal(node, tree.ChildDistribution(node)[4]);
        Assert.Equal(0, allocated);
    }

    [Fact]
    public void RentChildDistribution_WhatCannotBe_Throws()
    {
        DraftTree tree = new(8);
        tree.Reset(0, 8);
        Assert.Throws<ArgumentOutOfRangeException>(() => tree.RentChildDistribution(1, 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => tree.RentChildDistribution(0, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => tree.RentChildDistribution(0, 3, ProposalKind.PointMass));
        int child = tree.Add(0, 1);
        tree.RentChildDistribution(0, 3);
        Assert.Throws<InvalidOperationException>(() => tree.RentChildDistribution(0, 3));
        Assert.Throws<ArgumentException>(() => tree.RentChildDistribution(child, 4));
        Assert.Throws<ArgumentException>(() => tree.Add(0, 1));
        tree.Reset(0, 8);
        Assert.Equal(4, tree.RentChildDistribution(0, 4).Length);
    }
}
