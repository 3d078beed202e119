using ILGPU.Runtime;

namespace Speculative.Tests;

/// <summary>What every tree-attention kernel must do, on whatever accelerator a subclass brings.</summary>
public abstract class TreeKernelConformanceTests(AcceleratorFixture fixture)
{
    // f32 products of at most 256 terms and a soft-max over at most a hundred keys, against double; inputs lie in [-1, 1].
    const double Tolerance = 5e-6;

    public static TheoryData<int, int> Borders()
    {
        int[] nodes = [1, 2, 15, 16, 17, 31, 32, 33, 64, 65];
        int[] committed = [0, 1, 7, 31, 32, 33, 63, 64, 65];
        TheoryData<int, int> data = [];
        for (int i = 0; i < nodes.Length; i++)
            for (int j = 0; j < committed.Length; j++)
                if (i <= 2 || j % nodes.Length == i % committed.Length || committed[j] == 33)
                    data.Add(nodes[i], committed[j]);
        return data;
    }

    [Theory]
    [MemberData(nameof(Borders))]
    public void Attention_OfRandomTree_EqualsOracle(int nodes, int committed) =>
        AssertEqualsOracle(new(2, 1, 8, committed), RandomTrees.Parents(nodes, nodes * 100 + committed));

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(3, 3, 5)]
    [InlineData(6, 2, 33)]
    [InlineData(8, 1, 64)]
    [InlineData(4, 2, 128)]
    [InlineData(1, 1, 256)]
    public void Attention_OfGroupedHeads_EqualsOracle(int heads, int kvHeads, int headDim) =>
        AssertEqualsOracle(new(heads, kvHeads, headDim, 9), RandomTrees.Parents(5, heads));

    [Fact]
    public void Attention_OfChain_EqualsOracle() => AssertEqualsOracle(new(1, 1, 16, 5), RandomTrees.Chain(40));

    [Fact]
    public void Attention_OfNewNodesOnly_EqualsTheirRowsOfTheWholeTree()
    {
        TreeAttentionRun run = new(2, 1, 16, 20);
        int[] parents = RandomTrees.Parents(19, 4);
        (float[] queries, float[] keys, float[] values) = run.Inputs(19, 8);
        float[] whole = run.Evaluate(fixture.Accelerator, parents, queries, keys, values);
        Assert.Equal(whole[(11 * 2 * 16)..], run.Evaluate(fixture.Accelerator, parents, queries, keys, values, firstNode: 11));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(20, 2)]
    [InlineData(32, 3)]
    [InlineData(61, 4)]
    public void Attention_OfNode_GivesTheSameBitsAloneInChainAndInTree(int committed, int seed)
    {
        TreeAttentionRun run = new(2, 1, 16, committed);
        int[] parents = RandomTrees.Parents(24, seed);
        (float[] queries, float[] keys, float[] values) = run.Inputs(24, seed);
        float[] tree = run.Evaluate(fixture.Accelerator, parents, queries, keys, values);
        foreach (int node in (int[])[0, 1, 9, 17, 23])
        {
            int[] path = RandomTrees.Path(parents, node);
            int[] slots = [.. Enumerable.Range(0, committed), .. path.Select(at => committed + at)];
            float[] pathQueries = Gather(queries, path, 2 * 16), pathKeys = Gather(keys, slots, 16), pathValues = Gather(values, slots, 16);
            float[] expected = tree[(node * 32)..((node + 1) * 32)];
            float[] chain = run.Evaluate(fixture.Accelerator, RandomTrees.Chain(path.Length), pathQueries, pathKeys, pathValues);
            Assert.Equal(expected, chain[^32..]);
            TreeAttentionRun alone = run with { Committed = committed + path.Length - 1 };
            Assert.Equal(expected, alone.Evaluate(fixture.Accelerator, [-1], pathQueries[^32..], pathKeys, pathValues));
        }
    }

    [Theory]
    [InlineData(ElementType.F16)]
    [InlineData(ElementType.BF16)]
    public void Attention_OverA16BitCache_IsThatOverItsNumbers(ElementType cache)
    {
        TreeAttentionRun run = new(2, 1, 16, 20);
        int[] parents = RandomTrees.Parents(9, 4);
        (float[] queries, float[] keys, float[] values) = run.Inputs(9, 8);
        using StoredArray storedKeys = new(fixture.Accelerator, keys, cache), storedValues = new(fixture.Accelerator, values, cache);
        Assert.Equal(
            run.Evaluate(fixture.Accelerator, parents, queries, storedKeys.ToHost(), storedValues.ToHost()),
            (run with { Cache = cache }).Evaluate(fixture.Accelerator, parents, queries, keys, values));
    }

    /// <summary>A recorded launch runs behind other numbers of committed tokens than it was sized for.</summary>
    [Fact]
    public void Attention_SizedForMoreTokens_ReadsTheirNumberFromTheDevice()
    {
        TreeAttentionRun run = new(2, 1, 16, 20) { Spare = 13 };
        int[] parents = RandomTrees.Parents(9, 4);
        (float[] queries, float[] keys, float[] values) = run.Inputs(9, 8);
        Assert.Equal(
            (run with { Spare = 0 }).Evaluate(fixture.Accelerator, parents, queries, keys, values),
            run.Evaluate(fixture.Accelerator, parents, queries, keys, values));
    }

    [Fact]
    public void AncestorTable_OfRandomTree_HoldsThePathsAndDepths()
    {
        Accelerator accelerator = fixture.Accelerator;
        int[] parents = RandomTrees.Parents(70, 3);
        using DeviceArray<int> parentBuffer = new(accelerator, parents);
        using DeviceArray<int> depths = new(accelerator, 70);
        using DeviceArray<int> ancestors = new(accelerator, 70 * 80);
        AncestorTableKernel kernel = new(accelerator);
        kernel.Launch(accelerator.DefaultStream, 0, 33, 80, parentBuffer, depths, ancestors);
        kernel.Launch(accelerator.DefaultStream, 33, 70, 80, parentBuffer, depths, ancestors);
        int[] foundDepths = depths.ToHost(), found = ancestors.ToHost();
        for (int node = 0; node < 70; node++)
        {
            int[] path = RandomTrees.Path(parents, node);
            Assert.Equal(path.Length - 1, foundDepths[node]);
            Assert.Equal(path, found[(node * 80)..(node * 80 + path.Length)]);
        }
    }

    [Fact]
    public void Attention_OfWrongSizes_IsRefusedBeforeLaunch()
    {
        TreeAttentionRun run = new(4, 2, 8, 3);
        int[] parents = RandomTrees.Parents(5, 1);
        (float[] queries, float[] keys, float[] values) = run.Inputs(5, 1);
        Refuse<ArgumentException>(run with { Heads = 3 }, queries, keys, values, "multiple of 2, got 3");
        Refuse<ArgumentException>(run, queries, keys[1..], values, "'keys' must hold at least 128 elements");
        Refuse<ArgumentException>(run, queries, keys, values[1..], "'values' must hold at least 128 elements");
        Refuse<ArgumentOutOfRangeException>(run with { HeadDim = 257 }, queries, keys, values, "Expected 1 to 256");
        Refuse<ArgumentOutOfRangeException>(run with { Committed = -1 }, queries, keys, values, "Expected 0 to");

        void Refuse<T>(TreeAttentionRun sizes, float[] q, float[] k, float[] v, string message) where T : ArgumentException =>
            Assert.Contains(
                message, Assert.ThrowsAny<T>(() => sizes.Evaluate(fixture.Accelerator, parents, q, k, v)).Message,
                StringComparison.Ordinal);
    }

    static float[] Gather(float[] rows, int[] indices, int length) =>
        [.. indices.SelectMany(index => rows[(index * length)..((index + 1) * length)])];

    void AssertEqualsOracle(TreeAttentionRun run, int[] parents)
    {
        (float[] queries, float[] keys, float[] values) = run.Inputs(parents.Length, parents.Length + run.Committed);
        float[] actual = run.Evaluate(fixture.Accelerator, parents, queries, keys, values);
        double[] expected = TreeAttentionOracle.Evaluate(
            parents, run.Committed, run.Heads, run.KvHeads, run.HeadDim, queries, keys, values);
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= Tolerance, $"element {i}: expected {expected[i]:R}, got {actual[i]:R}");
    }
}
