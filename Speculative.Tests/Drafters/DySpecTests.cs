using Speculative.Drafters;

namespace Speculative.Tests;

public sealed class DySpecTests
{
    static readonly float[] Probabilities = [0.6f, 0.3f, 0.1f];

    /// <summary>
    /// The worked example of the design: (.6, .3, .1) at every node, seven nodes, the most likely token taken for the drawn one. Added are,
    /// in this order, the paths 0, 00, 1, 000, 10, 01, 0000.
    /// </summary>
    [Fact]
    public void Draft_SevenNodes_AddsThemInTheOrderOfTheWorkedExample()
    {
        FixedModel model = Model(0.6f); // a greedy target's growth reads the draft at temperature 0.6
        DraftTree tree = Draft(DySpecDrafter.CreateFactory(Settings(model, 7)), new());
        Assert.Equal(["0", "00", "1", "000", "10", "01", "0000"], Enumerable.Range(1, tree.Count - 1).Select(node => Path(tree, node)));
        Assert.Equal(1.9656, tree.ExpectedAcceptedLength, 1e-5); // the sum of the added nodes' values
        Assert.Equal(5, model.Passes); // the root, 0, 00, 1, 000: not the leaves
    }

    [Theory]
    [InlineData(8)]
    [InlineData(64)]
    [InlineData(1024)]
    public void Draft_Drawn_FillsTheBudgetAndDeclaresItsDistributions(int nodes)
    {
        TableModel model = new(300, maxTreeNodes: 1025);
        GenerationOptions options = new() { Sampling = new StochasticSampling { Temperature = 1.5f } };
        DraftTree tree = Draft(DySpecDrafter.CreateFactory(Settings(model, nodes)), options, 1025);
        Assert.Equal(nodes + 1, tree.Count);
        for (int node = 1; node < tree.Count; node++)
        {
            ReadOnlySpan<float> distribution = tree.ChildDistribution(tree.Parents[node]);
            Assert.Equal(ProposalKind.SampledWithoutReplacement, tree.Kind(node));
            Assert.True(distribution[tree.TokenIds[node]] > 0);
            Assert.Equal(1, distribution.ToArray().Sum(), 1e-4);
        }
    }

    /// <summary>
    /// Nodes of the same example whose slots are worth at least 1/7: those popped at 1, .6, .4, .36, .3, .24, .216 and more.
    /// </summary>
    [Fact]
    public void Threshold_FirstStep_TakesAllSlotsAboveOneOverTheBudgetLevelByLevel()
    {
        DraftTree tree = Draft(DySpecThresholdDrafter.CreateFactory(Settings(Model(0.6f), 9)), new());
        List<string> expected = [];
        for (List<(string Path, double Value)> level = [("", 1)], next = []; level.Count > 0; (level, next) = (next, []))
            foreach (var (path, value) in level)
                for (int child = 0, left = expected.Count; child < 3 && expected.Count < 9; child++)
                {
                    double used = Probabilities[..child].Sum();
                    if (value * (1 - used) < 1.0 / 9)
                        break;
                    expected.Add(path + child);
                    next.Add((path + child, value * Probabilities[child]));
                }
        Assert.Equal(expected, Enumerable.Range(1, tree.Count - 1).Select(node => Path(tree, node)));
    }

    [Theory]
    [InlineData(0.3f)]
    [InlineData(1f)]
    [InlineData(2f)]
    public void Threshold_Controller_ComesNearTheBudget(float temperature)
    {
        TableModel model = new(300), draft = new(300, seed: 8); // seldom right, so that there are many steps
        RecordingDrafter recorder = new(DySpecThresholdDrafter.CreateFactory(Settings(draft, 64))(Options(temperature)));
        using SpeculativeSession session = new SpeculativeEngine(model, _ => recorder).StartSession([1, 2, 3], Options(temperature));
        session.Generate();
        double mean = recorder.Steps.Skip(20).Average(step => step.TokenIds.Length - 1);
        Assert.InRange(mean, 0.85 * 64, 64);
    }

    /// <summary>
    /// Two tokens, equally likely: full trees until the threshold passes 1/32, then 46 nodes, too few, so that it comes down again.
    /// </summary>
    [Fact]
    public void Threshold_TooFewNodes_IsLowered()
    {
        using IDrafter drafter = DySpecThresholdDrafter.CreateFactory(Settings(new FixedModel([0, 0]), 64))(new());
        DraftTree tree = new(128);
        drafter.Start([1]);
        int[] drafted = [.. Enumerable.Range(0, 40).Select(_ =>
        {
            tree.Reset(1, 128);
            drafter.Draft([1], tree);
            return tree.Count - 1;
        })];
        Assert.Equal([64, 46], drafted.Distinct());
        Assert.All(drafted.Zip(drafted[1..]), pair => Assert.True(pair.First == 64 || pair.Second == 64));
    }

    [Fact]
    public void Threshold_OneDraftPassALevel()
    {
        FixedModel model = Model(0.6f);
        DraftTree tree = Draft(DySpecThresholdDrafter.CreateFactory(Settings(model, 30)), new());
        int deepest = tree.Depths.ToArray().Max();
        Assert.InRange(model.Passes, deepest, deepest + 1);
    }

    [Fact]
    public void SpecInfer_GreedyTarget_HasThePublishedShape()
    {
        DraftTree tree = Draft(SpecInferDrafter.CreateFactory(Settings(new TableModel(300), null)), new());
        Assert.Equal([1, 1, 1, 3, 3, 3, 3, 3, 3], tree.Depths.ToArray().CountBy(depth => depth).Select(level => level.Value));
    }

    [Theory]
    [InlineData(9, 9)]
    [InlineData(32, 32)]
    [InlineData(64, 62)]
    public void SpecInfer_Budget_CutsOrWidens(int budget, int expected) =>
        Assert.Equal(expected, Draft(SpecInferDrafter.CreateFactory(Settings(new TableModel(300), budget)), new()).Count - 1);

    [Fact]
    public void SpecInfer_DrawnTwice_IsOneNodeAndARepeat()
    {
        SpecInferOptions options = new() { Expansion = [20] };
        DraftTree tree = Draft(
            SpecInferDrafter.CreateFactory(Settings(Model(1), null), options), new() { Sampling = new StochasticSampling() });
        int draws = 0;
        for (int node = 1; node < tree.Count; node++)
            draws += 1 + tree.Repeats(node);
        Assert.InRange(tree.Count, 2, 4);
        Assert.Equal(20, draws);
    }

    static GenerationOptions Options(float temperature) =>
        new() { MaxNewTokens = 300, Sampling = new StochasticSampling { Temperature = temperature } };

    static FixedModel Model(float temperature) => new([.. Probabilities.Select(probability => temperature * MathF.Log(probability))]);

    static DrafterSettings Settings(ICausalModel draft, int? budget) =>
        new() { VocabularySize = draft.VocabularySize, NodeBudget = budget, DraftModel = draft };

    static DraftTree Draft(DrafterFactory factory, GenerationOptions options, int capacity = 128)
    {
        using IDrafter drafter = factory(options);
        DraftTree tree = new(capacity);
        drafter.Start([1]);
        tree.Reset(1, capacity);
        drafter.Draft([1], tree);
        return tree;
    }

    static string Path(DraftTree tree, int node) => node == 0 ? "" : Path(tree, tree.Parents[node]) + tree.TokenIds[node];
}
