namespace Speculative.Tests;

public sealed class DepthFirstLayoutTests
{
    /// <summary>
    /// DySpec's table 5 counts the 32 x 32 blocks that hold a pair of a node and an ancestor, of random trees, in the order of the nodes
    /// and depth first. Its trees are not given; nodes under any earlier one, each alike, have counts within a few percent. Tiles that a
    /// group of 32 rows would read are counted by the rule that the kernel follows.
    /// </summary>
    [Theory]
    [InlineData(256, 36, 22.5)]
    [InlineData(512, 135.5, 52.8)]
    [InlineData(1024, 490.2, 119.3)]
    [InlineData(2048, 1654.5, 278.7)]
    public void Tiles_OfRandomTrees_AreAsManyAsPublished(int nodes, double inOrder, double depthFirst)
    {
        const int Trees = 40;
        double before = 0, after = 0;
        for (int seed = 0; seed < Trees; seed++)
        {
            Random random = new(seed);
            DraftTree tree = RandomTrees.Tree([-1, .. Enumerable.Range(1, nodes - 1).Select(node => random.Next(node))]);
            DepthFirstLayout layout = new(nodes);
            layout.Arrange(tree);
            int read = Read(layout);
            Assert.Equal(Blocks(layout.Parents), read);
            before += Blocks(tree.Parents);
            after += read;
        }
        Assert.InRange(before / Trees, 0.98 * inOrder, 1.02 * inOrder);
        Assert.InRange(after / Trees, 0.93 * depthFirst, 1.07 * depthFirst);
    }

    [Fact]
    public void Arrange_OfAnyTree_KeepsItsEdgesTokensAndTheOrderOfSiblings()
    {
        for (int seed = 0; seed < 30; seed++)
        {
            int[] parents = RandomTrees.Parents(1 + 3 * seed, seed);
            DraftTree tree = RandomTrees.Tree(parents);
            DepthFirstLayout layout = new(100);
            layout.Arrange(tree);
            int[] rows = layout.Rows.ToArray();
            Assert.Equal(Enumerable.Range(0, rows.Length), rows.Order());
            for (int node = 0; node < rows.Length; node++)
            {
                Assert.Equal(tree.TokenIds[node], layout.TokenIds[rows[node]]);
                Assert.Equal(node == 0 ? -1 : rows[parents[node]], layout.Parents[rows[node]]);
                int[] path = RandomTrees.Path(parents, node);
                for (int other = 0; other < rows.Length; other++)
                {
                    Assert.Equal(path.Contains(other), rows[other] <= rows[node] && rows[node] < layout.Ends[rows[other]]);
                    if (other > node && parents[other] == parents[node])
                        Assert.True(rows[other] > rows[node]);
                }
            }
        }
    }

    [Fact]
    public void Append_PutsNewNodesBehindTheOthers()
    {
        DraftTree tree = RandomTrees.Tree([-1, 0, 0, 1]);
        DepthFirstLayout layout = new(6);
        layout.Arrange(tree); // 0, 1, 3, 2
        tree = RandomTrees.Tree([-1, 0, 0, 1, 2, 4]);
        layout.Append(tree, 4);
        Assert.Equal([0, 1, 3, 2, 4, 5], layout.Rows);
        Assert.Equal([-1, 0, 1, 0, 3, 4], layout.Parents);
        Assert.Equal([0, 1, 3, 2, 4, 5], layout.TokenIds);
    }

    static int Read(DepthFirstLayout layout)
    {
        int read = 0;
        for (int rows = 0; rows < layout.TileEnds.Length; rows++)
            for (int tile = 0; tile <= rows; tile++)
                if (SubtreeTile.IsNeeded(layout.TileEnds[tile], rows * SubtreeTile.Slots))
                    read++;
        return read;
    }

    static int Blocks(ReadOnlySpan<int> parents)
    {
        HashSet<(int, int)> blocks = [];
        for (int row = 0; row < parents.Length; row++)
            for (int at = row; at >= 0; at = parents[at])
                blocks.Add((row / SubtreeTile.Slots, at / SubtreeTile.Slots));
        return blocks.Count;
    }
}
