namespace Speculative.Tests;

/// <summary>What the tensor-core attention pair must do, with emulated tensor cores or with real ones.</summary>
public abstract class TensorAttentionConformanceTests(AcceleratorFixture fixture)
{
    // Weights are rounded to the format before they meet the values: one part in 2^9 (bf16) or 2^12 (f16) of values in [-1, 1].
    const double Tolerance = 4e-3;

    [Theory]
    [InlineData(1, 0, ElementType.BF16)]
    [InlineData(17, 100, ElementType.BF16)]
    [InlineData(5, 127, ElementType.F16)]
    [InlineData(5, 128, ElementType.F16)]
    [InlineData(33, 190, ElementType.BF16)]
    [InlineData(3, 390, ElementType.BF16)]
    public void Attention_AroundTheBorders_EqualsOracle(int nodes, int committed, ElementType format) =>
        AssertEqualsOracle(new(2, 1, 64, committed, format), RandomTrees.Parents(nodes, nodes * 100 + committed));

    [Fact]
    public void Attention_OfWideHeads_EqualsOracle() =>
        AssertEqualsOracle(new(4, 2, 128, 130, ElementType.BF16), RandomTrees.Parents(3, 1));

    [Fact]
    public void Attention_OfMoreRowsThanAGroupHolds_EqualsOracle() =>
        AssertEqualsOracle(new(5, 1, 64, 140, ElementType.F16), RandomTrees.Parents(14, 2));

    [Fact]
    public void Attention_OfDeepestChain_EqualsOracle() =>
        AssertEqualsOracle(new(1, 1, 64, 70, ElementType.BF16), RandomTrees.Chain(AttentionSplits.MaxDepth + 1));

    [Theory]
    [InlineData(124, 3)]
    [InlineData(189, 4)]
    public void Attention_OfNode_GivesTheSameBitsAloneInChainAndInTree(int committed, int seed)
    {
        TensorAttentionRun run = new(2, 1, 64, committed, ElementType.BF16);
        int[] parents = RandomTrees.Parents(18, seed);
        (float[] queries, ushort[] keys, ushort[] values) = run.Inputs(18, seed);
        float[] tree = run.Evaluate(fixture.Accelerator, parents, queries, keys, values);
        foreach (int node in (int[])[1, 17])
        {
            int[] path = RandomTrees.Path(parents, node);
            int[] slots = [.. Enumerable.Range(0, committed), .. path.Select(at => committed + at)];
            float[] pathQueries = Gather(queries, path, 128);
            ushort[] pathKeys = Gather(keys, slots, 64), pathValues = Gather(values, slots, 64);
            float[] expected = tree[(node * 128)..((node + 1) * 128)];
            float[] chain = run.Evaluate(fixture.Accelerator, RandomTrees.Chain(path.Length), pathQueries, pathKeys, pathValues);
            Assert.Equal(expected, chain[^128..]);
            TensorAttentionRun alone = run with { Committed = committed + path.Length - 1 };
            Assert.Equal(expected, alone.Evaluate(fixture.Accelerator, [-1], pathQueries[^128..], pathKeys, pathValues));
        }
    }

    [Fact]
    public void Attention_OfNewNodesOnly_EqualsTheirRowsOfTheWholeTree()
    {
        TensorAttentionRun run = new(1, 1, 64, 126, ElementType.F16);
        int[] parents = RandomTrees.Parents(9, 4);
        (float[] queries, ushort[] keys, ushort[] values) = run.Inputs(9, 8);
        float[] whole = run.Evaluate(fixture.Accelerator, parents, queries, keys, values);
        Assert.Equal(whole[(5 * 64)..], run.Evaluate(fixture.Accelerator, parents, queries, keys, values, firstNode: 5));
    }

    [Theory]
    [InlineData(1, 1, 64, 70, 45, 60, ElementType.F16)]
    [InlineData(2, 1, 64, 9, 70, 0, ElementType.BF16)]
    [InlineData(2, 2, 128, 4, 40, 1, ElementType.BF16)]
    public void Attention_BySubtrees_GivesTheSameBits(
        int heads, int kvHeads, int headDim, int nodes, int committed, int firstNode, ElementType format)
    {
        TensorAttentionRun run = new(heads, kvHeads, headDim, committed, format);
        DepthFirstLayout layout = new(nodes);
        layout.Arrange(RandomTrees.Tree(RandomTrees.Parents(nodes, nodes)));
        int[] parents = layout.Parents.ToArray();
        (float[] queries, ushort[] keys, ushort[] values) = run.Inputs(nodes, 3);
        Assert.Equal(
            run.Evaluate(fixture.Accelerator, parents, queries, keys, values, firstNode),
            (run with { BySubtrees = true }).Evaluate(fixture.Accelerator, parents, queries, keys, values, firstNode));
    }

    /// <summary>A recorded launch runs behind other numbers of committed tokens than it was sized for, while splits are as many.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Attention_SizedForMoreTokens_ReadsTheirNumberFromTheDevice(bool bySubtrees)
    {
        TensorAttentionRun run = new(2, 1, 64, 130, ElementType.BF16) { BySubtrees = bySubtrees, Spare = 60 };
        int[] parents = RandomTrees.Chain(5);
        (float[] queries, ushort[] keys, ushort[] values) = run.Inputs(5, 6);
        Assert.Equal(
            (run with { Spare = 0 }).Evaluate(fixture.Accelerator, parents, queries, keys, values),
            run.Evaluate(fixture.Accelerator, parents, queries, keys, values));
    }

    /// <summary>A tile that no row of the group descends from; which tiles that are, <see cref="DepthFirstLayoutTests"/> counts.</summary>
    [Fact]
    public void Attention_BySubtrees_IgnoresWhatNoRowSees()
    {
        TensorAttentionRun run = new(1, 1, 64, 0, ElementType.BF16) { BySubtrees = true };
        int[] parents = [-1, .. Enumerable.Range(0, 63), 0, 64]; // a chain of 64, and a chain of two beside it
        (float[] queries, ushort[] keys, ushort[] values) = run.Inputs(parents.Length, 3);
        float[] expected = run.Evaluate(fixture.Accelerator, parents, queries, keys, values, firstNode: 64);
        keys.AsSpan(32 * 64, 32 * 64).Fill(0x7fff);
        values.AsSpan(32 * 64, 32 * 64).Fill(0x7fff);
        Assert.Equal(expected, run.Evaluate(fixture.Accelerator, parents, queries, keys, values, firstNode: 64));
    }

    [Theory]
    [InlineData(ElementType.BF16, false)]
    [InlineData(ElementType.F16, true)]
    public void Attention_In16Bits_IsTheRoundedSingle(ElementType format, bool bySubtrees)
    {
        TensorAttentionRun run = new(1, 1, 64, 20, format) { BySubtrees = bySubtrees };
        (float[] queries, ushort[] keys, ushort[] values) = run.Inputs(5, 3);
        float[] single = run.Evaluate(fixture.Accelerator, RandomTrees.Chain(5), queries, keys, values);
        Assert.Equal(
            single.Select(value => run.Widen(format == ElementType.BF16 ? StoredArray.BFloat16(value) : StoredArray.Float16(value))),
            (run with { Output = format }).Evaluate(fixture.Accelerator, RandomTrees.Chain(5), queries, keys, values));
        ElementType other = format == ElementType.BF16 ? ElementType.F16 : ElementType.BF16;
        Assert.Throws<NotSupportedException>(
            () => (run with { Output = other }).Evaluate(fixture.Accelerator, RandomTrees.Chain(5), queries, keys, values));
    }

    [Fact]
    public void Attention_DeeperThanItsTail_IsRefused()
    {
        TensorAttentionRun run = new(1, 1, 64, 0, ElementType.BF16);
        int[] parents = RandomTrees.Chain(AttentionSplits.MaxDepth + 2);
        (float[] queries, ushort[] keys, ushort[] values) = run.Inputs(parents.Length, 1);
        Assert.Throws<ArgumentOutOfRangeException>(() => run.Evaluate(fixture.Accelerator, parents, queries, keys, values));
    }

    static T[] Gather<T>(T[] rows, int[] indices, int length) =>
        [.. indices.SelectMany(index => rows[(index * length)..((index + 1) * length)])];

    void AssertEqualsOracle(TensorAttentionRun run, int[] parents)
    {
        (float[] queries, ushort[] keys, ushort[] values) = run.Inputs(parents.Length, parents.Length + run.Committed);
        float[] actual = run.Evaluate(fixture.Accelerator, parents, queries, keys, values);
        double[] expected = TreeAttentionOracle.Evaluate(
            parents, run.Committed, run.Heads, run.KvHeads, run.HeadDim, queries, [.. keys.Select(run.Widen)],
            [.. values.Select(run.Widen)]);
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= Tolerance, $"element {i}: expected {expected[i]:R}, got {actual[i]:R}");
    }
}
