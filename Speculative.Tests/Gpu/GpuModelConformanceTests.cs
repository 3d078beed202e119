namespace Speculative.Tests;

public sealed class GpuModelConformanceTests(EmulationFixture fixture) : CausalModelConformanceTests, IClassFixture<EmulationFixture>
{
    protected override Type Subject => typeof(GpuModel);

    protected override ICausalModel CreateModel() => new GpuModel(fixture.Context, new RandomWeights(EmulationFixture.Tiny));

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
        using GpuModel model = (GpuModel)CreateModel();
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
}
