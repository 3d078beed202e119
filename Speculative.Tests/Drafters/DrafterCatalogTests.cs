using Speculative.Drafters;

namespace Speculative.Tests;

public sealed class DrafterCatalogTests
{
    static readonly CostCurve Flat = new([1], [1.0]), Steep = new([1, 2], [1.0, 2.0]);

    [Fact]
    public void Entries_HaveDistinctNamesPlainFirst()
    {
        string[] names = [.. DrafterCatalog.Entries.Select(entry => entry.Name)];
        Assert.Equal("plain", names[0]);
        Assert.Equal(names.Distinct(), names);
        Assert.All(DrafterCatalog.Entries, entry => Assert.DoesNotContain('\n', entry.Description));
    }

    /// <summary>Names that scripts and readers know; others may join them.</summary>
    [Theory]
    [InlineData("prompt-lookup", "token-recycling")]
    [InlineData("dyspec", "dyspec-threshold", "specinfer", "sequoia", "speculative-sampling")]
    [InlineData("s2d", "s2d-tree", "s2d-drawn", "s2d-tree-drawn", "eagle2-tree", "opt-tree")]
    public void Find_PublishedNames_StayKnown(params string[] names) =>
        Assert.All(names, name => Assert.Equal(name, DrafterCatalog.Find(name).Name));

    [Fact]
    public void Find_UnknownName_ListsTheKnownOnes()
    {
        string message = Assert.Throws<ArgumentException>(() => DrafterCatalog.Find("recycling")).Message;
        Assert.Contains("Unknown drafter 'recycling': expected one of plain, prompt-lookup, token-recycling, ", message);
    }

    [Theory]
    [InlineData("plain", 0, 0, 0)]
    [InlineData("prompt-lookup", 10, 10, 0)]
    [InlineData("token-recycling", 80, 80, 0)]
    public void CreateFactory_NoBudget_DraftsThePublishedSizeOrWhatTheCurveMakesBest(string name, int published, int flat, int steep)
    {
        Assert.Equal(published, Drafted(name, new() { VocabularySize = 20 }));
        Assert.Equal(flat, Drafted(name, new() { VocabularySize = 20, CostCurve = Flat }));
        Assert.Equal(steep, Drafted(name, new() { VocabularySize = 20, CostCurve = Steep }));
    }

    [Theory]
    [InlineData("prompt-lookup", 3, 3)]
    [InlineData("prompt-lookup", 50, 10)]
    [InlineData("token-recycling", 3, 3)]
    [InlineData("token-recycling", 1000, 80)]
    public void CreateFactory_Budget_WinsOverTheCurve(string name, int budget, int expected) =>
        Assert.Equal(expected, Drafted(name, new() { VocabularySize = 20, NodeBudget = budget, CostCurve = Steep }));

    [Fact]
    public void Settings_OutOfRange_Throw()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new DrafterSettings { VocabularySize = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new DrafterSettings { VocabularySize = 20, NodeBudget = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => TokenRecyclingDrafter.CreateFactory(0));
    }

    /// <summary>Nodes drafted where everything is known: each token is followed by the next ones, over and over.</summary>
    static int Drafted(string name, DrafterSettings settings)
    {
        using IDrafter drafter = DrafterCatalog.CreateFactory(name, settings)(new());
        int[] context = [.. Enumerable.Range(0, 60).Select(i => i % 20)];
        DraftTree tree = new(128);
        tree.Reset(0, 128);
        for (int i = 1; i < context.Length; i++)
            tree.Add(i - 1, context[i]);
        int[][] rows = [.. context.Select(tokenId => Enumerable.Range(tokenId + 1, 8).Select(next => next % 20).ToArray())];
        drafter.Start(context);
        drafter.Observe(new VerifiedStep(tree, FixedOutput.Ranked(20, rows), Enumerable.Range(0, 60).ToArray(), 0));
        tree.Reset(context[^1], 128);
        drafter.Draft(context, tree);
        return tree.Count - 1;
    }
}
