using static Speculative.Tests.DraftTrees;

namespace Speculative.Tests;

public sealed class GpuModelConformanceTests(EmulationFixture fixture) : CausalModelConformanceTests, IClassFixture<EmulationFixture>
{
    protected override Type Subject => typeof(GpuModel);

    protected override ICausalModel CreateModel() =>
        new GpuModel(fixture.Context, new RandomWeights(EmulationFixture.Tiny), new() { MaxTreeNodes = 65 });

    [Theory]
    [InlineData(ElementType.F16, ElementType.BF16)]
    [InlineData(ElementType.BF16, ElementType.F32)]
    public void Rows_AnyCacheFormat_SameBitsAloneAndInAnyTree(ElementType cache, ElementType stored)
    {
        using GpuModel model = new(fixture.Context, new RandomWeights(EmulationFixture.Tiny, stored), new() { CacheFormat = cache });
        DraftTree tree = RandomTree(model, 21, 3);
        int[] context = Tokens(model, 7, 5);
        using ICausalSequence sequence = model.CreateSequence(40);
        sequence.Prefill(context);
        float[][] rows = Rows(sequence.Evaluate(tree));
        foreach (int node in (int[])[0, 5, 13, 20])
        {
            List<int> path = [];
            for (int at = node; at >= 0; at = tree.Parents[at])
                path.Insert(0, tree.TokenIds[at]);
            using ICausalSequence plain = model.CreateSequence(40);
            plain.Prefill(context);
            float[] row = [];
            foreach (int token in path)
            {
                row = Rows(plain.Evaluate(Chain([token])))[0];
                plain.Commit([0]);
            }
            Assert.Equal(row, rows[node]);
        }
    }

    [Fact]
    public void Tree_OfMoreNodesThanAPass_EqualsItsPathsAlone()
    {
        using GpuModel model = new(fixture.Context, new RandomWeights(EmulationFixture.Tiny), new() { MaxTreeNodes = 140 });
        DraftTree tree = RandomTree(model, 140, 3);
        using ICausalSequence sequence = model.CreateSequence(150);
        sequence.Prefill([1, 2, 3]);
        IModelOutput output = sequence.Evaluate(tree);
        float[][] rows = Rows(output);
        foreach (int node in (int[])[127, 128, 139])
        {
            List<int> path = [];
            for (int at = node; at >= 0; at = tree.Parents[at])
                path.Insert(0, tree.TokenIds[at]);
            Assert.Equal(PrefillRows(model, [1, 2, 3, .. path])[^1], rows[node]);
            Assert.Equal(rows[node].IndexOf(rows[node].Max()), output.ArgMax(node));
        }
    }

    /// <summary>From 65 nodes on rows are in another order than nodes: paths are committed, and nodes are added, by node all the
    /// same.</summary>
    [Fact]
    public void LargeTree_GrownAndCommitted_IsAsIfItWereSmall()
    {
        using GpuModel model = new(fixture.Context, new RandomWeights(EmulationFixture.Tiny), new() { MaxTreeNodes = 80 });
        DraftTree random = RandomTree(model, 70, 3), tree = new(72);
        tree.Reset(random.TokenIds[0], 72);
        while (tree.Count < random.Count)
            tree.Add(random.Parents[tree.Count], random.TokenIds[tree.Count]);
        using ICausalSequence large = model.CreateSequence(120), plain = model.CreateSequence(120);
        large.Prefill([1, 2, 3]);
        large.Evaluate(tree);
        int child = tree.Add(69, 7);
        tree.Add(child, 8);
        int[] path = RandomTrees.Path(tree.Parents.ToArray(), child);
        float[][] rows = Rows(large.Evaluate(tree));
        large.Commit(path);
        int[] text = [1, 2, 3, .. path.Select(node => tree.TokenIds[node])];
        Assert.Equal(PrefillRows(model, text)[^1], rows[child]);
        plain.Prefill(text);
        Assert.Equal(Rows(plain.Evaluate(Chain([5, 6]))), Rows(large.Evaluate(Chain([5, 6]))));
    }
}
