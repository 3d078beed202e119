using Speculative.Drafters;

namespace Speculative.Tests;

/// <summary>S2D's choice of exits, in the form that takes the most likely token and in the one that draws.</summary>
public sealed class S2DTests
{
    const int Vocabulary = 12;
    const double Threshold = 0.45;

    static readonly StochasticSampling Sampled = new() { Temperature = 0.8f, TopP = 0.9f, Seed = 5 };
    static readonly TableModel Shallow = new(Vocabulary, seed: 6, maxTreeNodes: 256), Deep = new(Vocabulary, seed: 7, maxTreeNodes: 256);

    [Fact]
    public void Chain_TakesTheBestTokenOfTheFirstConfidentExit()
    {
        int[] drafted = new int[2];
        foreach (int[] context in Contexts())
        {
            DraftTree tree = Draft("s2d", context, new());
            Assert.Equal(6, tree.Count);
            for (int node = 0; node < tree.Count - 1; node++)
            {
                int exit = Confidence(Shallow, Path(context, tree, node)) > Threshold ? 0 : 1;
                Assert.Equal(Best(exit == 0 ? Shallow : Deep, Path(context, tree, node)), tree.TokenIds[node + 1]);
                drafted[exit]++;
            }
        }
        Assert.All(drafted, count => Assert.True(count > 10));
    }

    [Fact]
    public void DrawnChain_DrawsFromTheFirstConfidentExitWithTheTargetsFilters()
    {
        int[] drafted = new int[2];
        foreach (int[] context in Contexts())
        {
            DraftTree tree = Draft("s2d-drawn", context, new() { Sampling = Sampled });
            Assert.Equal(6, tree.Count);
            for (int node = 0; node < tree.Count - 1; node++)
            {
                int exit = Confidence(Shallow, Path(context, tree, node)) > Threshold ? 0 : 1;
                Assert.Equal(Distribution(exit == 0 ? Shallow : Deep, Path(context, tree, node)), tree.ChildDistribution(node).ToArray());
                drafted[exit]++;
            }
        }
        Assert.All(drafted, count => Assert.True(count > 10));
    }

    /// <summary>Of two requests that differ in the seed alone, the first token's exit is the same whatever is drawn there.</summary>
    [Fact]
    public void DrawnChain_AnotherSeed_DrawsOtherTokensFromTheSameExit()
    {
        bool differs = false;
        foreach (int[] context in Contexts())
        {
            DraftTree one = Draft("s2d-drawn", context, new() { Sampling = Sampled });
            DraftTree other = Draft("s2d-drawn", context, new() { Sampling = Sampled with { Seed = 6 } });
            Assert.Equal(one.ChildDistribution(0).ToArray(), other.ChildDistribution(0).ToArray());
            differs |= one.TokenIds[1] != other.TokenIds[1];
        }
        Assert.True(differs);
    }

    [Fact]
    public void DrawnTree_ALevelHasOneExit()
    {
        int[] levels = new int[2];
        foreach (int[] context in Contexts())
        {
            DraftTree tree = Draft("s2d-tree-drawn", context, new() { Sampling = Sampled });
            for (int depth = 0; depth < tree.Depths[^1]; depth++)
            {
                int[] exits = [.. Enumerable.Range(0, tree.Count)
                    .Where(node => tree.Depths[node] == depth && !tree.ChildDistribution(node).IsEmpty)
                    .Select(node => Exit(tree.ChildDistribution(node), Path(context, tree, node))).Distinct()];
                levels[Assert.Single(exits)]++;
            }
        }
        Assert.All(levels, count => Assert.True(count > 5));
    }

    /// <summary>59 nodes over 4 levels, 10 nodes expanded in each and 10 children a node: the root can have no more than 10.</summary>
    [Fact]
    public void DrawnTree_SpreadsTheBudgetOverItsLevels()
    {
        TableModel model = new(300, maxTreeNodes: 256);
        using IDrafter drafter = S2DDrawnDrafter.CreateFactory(new() { VocabularySize = 300, DraftModel = model }, S2DOptions.Tree)(
            new() { Sampling = new StochasticSampling() });
        DraftTree tree = new(128);
        tree.Reset(1, 128);
        drafter.Start([1]);
        drafter.Draft([1], tree);
        int[] depths = [.. tree.Depths], parents = [.. tree.Parents];
        Assert.Equal([1, 10, 13, 12, 12, 12], Enumerable.Range(0, 6).Select(depth => depths.Count(of => of == depth)));
        Assert.All(parents.Skip(1).CountBy(parent => parent), parent => Assert.InRange(parent.Value, 1, 10));
        Assert.All(
            parents.Index().Skip(1).GroupBy(node => depths[node.Index]),
            level => Assert.InRange(level.Select(node => node.Item).Distinct().Count(), 1, 10));
    }

    [Fact]
    public void DrawnTree_LittleRoom_FillsItLevelByLevel()
    {
        using IDrafter drafter = Create("s2d-tree-drawn", new() { Sampling = Sampled });
        for (int room = 0; room < 8; room++)
        {
            DraftTree tree = new(room + 1);
            tree.Reset(3, room + 1);
            drafter.Start([3]);
            drafter.Draft([3], tree);
            Assert.Equal(room + 1, tree.Count);
            Assert.Equal(Math.Min(room, 5), tree.Depths[^1]);
        }
    }

    [Theory]
    [InlineData("s2d")]
    [InlineData("s2d-drawn")]
    public void CreateFactory_ThresholdsOfAnotherModel_AreRefused(string name)
    {
        NestedTableModel model = new(Shallow, Deep);
        DrafterSettings settings = new() { VocabularySize = Vocabulary, DraftModel = model, ExitThresholds = [0.1, 0.2] };
        Assert.Contains(
            "a threshold for each exit but the last, 1 for this draft model, got 2",
            Assert.Throws<ArgumentException>(() => DrafterCatalog.CreateFactory(name, settings)).Message);
    }

    static IEnumerable<int[]> Contexts() => Enumerable.Range(0, 40).Select(i => new[] { i % 7, i % 12, i % 5 });

    static IDrafter Create(string name, GenerationOptions options) => DrafterCatalog.CreateFactory(name, new()
    {
        VocabularySize = Vocabulary,
        NodeBudget = name.Contains("tree") ? 20 : 5,
        DraftModel = new NestedTableModel(Shallow, Deep),
        ExitThresholds = [Threshold],
    })(options);

    static DraftTree Draft(string name, int[] context, GenerationOptions options)
    {
        using IDrafter drafter = Create(name, options);
        DraftTree tree = new(64);
        tree.Reset(context[^1], 64);
        drafter.Start(context);
        drafter.Draft(context, tree);
        return tree;
    }

    static int[] Path(int[] context, DraftTree tree, int node)
    {
        List<int> path = [];
        for (; node > 0; node = tree.Parents[node])
            path.Insert(0, tree.TokenIds[node]);
        return [.. context, .. path];
    }

    static int Exit(ReadOnlySpan<float> distribution, int[] path)
    {
        bool shallow = distribution.SequenceEqual(Distribution(Shallow, path)), deep = distribution.SequenceEqual(Distribution(Deep, path));
        Assert.True(shallow != deep);
        return shallow ? 0 : 1;
    }

    static float[] Distribution(TableModel model, int[] context) => Distribution(model, context, Sampled);

    static float[] Distribution(TableModel model, int[] context, StochasticSampling sampling)
    {
        float[] row = new float[Vocabulary];
        model.Logits(context, row);
        new TokenDistribution(sampling, Vocabulary).Compute(new FixedOutput([.. row]), 0, row);
        return row;
    }

    static float Confidence(TableModel model, int[] context) => Distribution(model, context, new()).Max();

    static int Best(TableModel model, int[] context)
    {
        float[] row = new float[Vocabulary];
        model.Logits(context, row);
        return Array.IndexOf(row, row.Max());
    }
}
