using Speculative.Drafters;
using static Speculative.Tests.DraftTrees;

namespace Speculative.Tests;

public sealed class SampledOutputTests(EmulationFixture fixture) : IClassFixture<EmulationFixture>
{
    static readonly StochasticSampling hot = new() { Temperature = 1.3f, Seed = 5 },
        narrow = new() { Temperature = .8f, TopK = 9, TopP = .9f, MinP = .01f, Seed = 6 };

    /// <summary>A chain, a tree, one that is laid out depth first, and two windows of rows.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(9)]
    [InlineData(70)]
    [InlineData(140)]
    public void TrySample_AnyNodeOfAnyTree_DrawsWhatTheLogitsGive(int nodes)
    {
        using GpuModel model = Open();
        using ICausalSequence sequence = model.CreateSequence(200);
        sequence.Prefill([1, 2, 3]);
        DraftTree tree = RandomTree(model, nodes, 3);
        IModelOutput output = sequence.Evaluate(tree);
        foreach (StochasticSampling sampling in (StochasticSampling[])[hot, narrow])
            for (int node = 0; node < nodes; node++)
                AssertDraw(output, sampling, node, 100 + tree.Depths[node]);
        AssertDraw(output, narrow, nodes - 1, 7);
    }

    [Fact]
    public void TrySample_OfTextAndOfTreesThatGrow_DrawsWhatTheLogitsGive()
    {
        using GpuModel model = Open();
        using ICausalSequence sequence = model.CreateSequence(200);
        IModelOutput output = sequence.Prefill([.. Enumerable.Range(0, 130).Select(i => i % 33)]);
        for (int token = 0; token < 130; token += 43)
            AssertDraw(output, hot, token, token);
        DraftTree tree = new(8);
        tree.Reset(4, 8);
        tree.Add(0, 5);
        output = sequence.Evaluate(tree);
        tree.Add(0, 6); // a chain no more, but for what was evaluated
        AssertDraw(output, hot, 1, 1);
        tree.Add(2, 7);
        output = sequence.Evaluate(tree);
        for (int node = 0; node < tree.Count; node++)
            AssertDraw(output, hot, node, tree.Depths[node]);
        tree.Add(3, 8); // not evaluated: what was, is drawn from as it was
        for (int node = 0; node < 4; node++)
            AssertDraw(output, narrow, node, tree.Depths[node]);
        sequence.Evaluate(tree);
        sequence.Commit([0, 2]);
        tree.Reset(9, 8);
        AssertDraw(sequence.Evaluate(tree), hot, 0, 0);
    }

    [Theory]
    [InlineData("prompt-lookup")]
    [InlineData("token-recycling")]
    public void Session_Sampled_EqualsPlainSamplingAtTheSeed(string drafter)
    {
        using GpuModel model = Open();
        int[] expected = Generate(model, "plain");
        Assert.Equal(expected, Generate(model, drafter));
        Assert.NotEqual(expected[..8], [.. Enumerable.Repeat(expected[0], 8)]);
    }

    static int[] Generate(GpuModel model, string drafter)
    {
        SpeculativeEngine engine = new(
            model, DrafterCatalog.CreateFactory(drafter, new() { VocabularySize = model.VocabularySize, NodeBudget = 6 }));
        using SpeculativeSession session = engine.StartSession([1, 2, 3, 1, 2], new() { MaxNewTokens = 60, Sampling = narrow });
        return session.Generate().ToArray();
    }

    static void AssertDraw(IModelOutput output, StochasticSampling sampling, int node, long position)
    {
        Assert.True(Assert.IsType<ISamplingOutput>(output, exactMatch: false).TrySample(node, sampling, position, out int token));
        Assert.Equal(new StochasticChooser(sampling, output.VocabularySize).Choose(new LogitsOnly(output), node, position), token);
    }

    GpuModel Open() => new(fixture.Context, new RandomWeights(EmulationFixture.Tiny), new() { MaxTreeNodes = 140, MaxTreeDepth = 140 });

    /// <summary>An output that cannot draw.</summary>
    sealed class LogitsOnly(IModelOutput output) : IModelOutput
    {
        public int NodeCount => output.NodeCount;

        public int VocabularySize => output.VocabularySize;

        public int ArgMax(int node) => output.ArgMax(node);

        public void TopK(int node, Span<int> tokenIds) => output.TopK(node, tokenIds);

        public void CopyLogits(int node, Span<float> logits) => output.CopyLogits(node, logits);
    }
}
