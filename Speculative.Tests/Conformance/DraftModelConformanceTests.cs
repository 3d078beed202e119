using Speculative.Drafters;

namespace Speculative.Tests;

/// <summary>
/// The suite for drafters that use a draft model: also with one that is seldom right, and one whose context or tree is small.
/// </summary>
public abstract class DraftModelConformanceTests : DrafterConformanceTests
{
    /// <summary>The drafter's name in the catalog.</summary>
    protected abstract string Name { get; }

    protected override bool KnowsFromTheStart => true;

    /// <summary>A draft model that agrees with the suite's targets of order 1, and now and then with the others.</summary>
    protected virtual ICausalModel CreateDraft(int vocabularySize) => new TableModel(vocabularySize, order: 1);

    protected override DrafterFactory CreateFactory(int vocabularySize, int? nodeBudget) =>
        CreateFactory(CreateDraft(vocabularySize), nodeBudget);

    [Fact]
    public void SelfDraft_Greedy_AcceptsEverything()
    {
        TableModel model = new(300, order: 2);
        SpeculativeEngine engine = new(model, CreateFactory(model, 8));
        using SpeculativeSession session = engine.StartSession([1, 2, 3], new() { MaxNewTokens = 100 });
        while (session.FinishReason == FinishReason.None)
        {
            ReadOnlySpan<int> emitted = session.Step(TestContext.Current.CancellationToken);
            Assert.True(emitted.Length > 1 || session.FinishReason != FinishReason.None);
            Assert.All(session.OutputOrigins.ToArray(), origin => Assert.NotEqual(TokenOrigin.Recovered, origin));
        }
        Assert.Equal(model.Greedy([1, 2, 3], 100), session.OutputTokenIds.ToArray());
        Assert.Equal(0, session.Statistics.DraftFailures);
    }

    [Theory]
    [InlineData(40, 128)]
    [InlineData(512, 1)]
    [InlineData(512, 2)]
    [InlineData(512, 5)]
    [InlineData(1, 1)]
    public void SmallDraftModel_Greedy_EqualsPlainDecoding(int context, int nodes)
    {
        TableModel model = new(30, order: 1), draft = new(30, order: 1, maxContextLength: context, maxTreeNodes: nodes);
        SpeculativeEngine engine = new(model, CreateFactory(draft, null));
        using SpeculativeSession session = engine.StartSession([1, 2, 3], new() { MaxNewTokens = 100 });
        Assert.Equal(model.Greedy([1, 2, 3], 100), session.Generate().ToArray());
        Assert.Equal(0, session.Statistics.DraftFailures);
        Assert.Equal(context > 1, session.Statistics.AcceptedTokens > 0);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public void ShallowDraftModel_Greedy_EqualsPlainDecoding(int depth)
    {
        TableModel model = new(30, order: 1), draft = new(30, order: 1) { MaxTreeDepth = depth };
        SpeculativeEngine engine = new(model, CreateFactory(draft, null));
        using SpeculativeSession session = engine.StartSession([1, 2, 3], new() { MaxNewTokens = 100 });
        Assert.Equal(model.Greedy([1, 2, 3], 100), session.Generate().ToArray());
        Assert.Equal(0, session.Statistics.DraftFailures);
        Assert.True(session.Statistics.AcceptedTokens > 0);
    }

    /// <summary>No pass of the draft model is spent where no draft can come of it.</summary>
    [Fact]
    public void Start_PromptBeyondTheDraftsContext_IsNotRead()
    {
        FixedModel draft = new(new float[30]);
        int[] prompt = [.. Enumerable.Repeat(1, 600)];
        TableModel model = new(30, order: 1, maxContextLength: 700);
        using SpeculativeSession session =
            new SpeculativeEngine(model, CreateFactory(draft, null)).StartSession(prompt, new() { MaxNewTokens = 10 });
        Assert.Equal(model.Greedy(prompt, 10), session.Generate().ToArray());
        Assert.Equal(0, draft.Passes);
    }

    [Fact]
    public void CreateFactory_WhereSpeculationCannotPay_DecodesPlainly()
    {
        using FixedModel draft = new(new float[30]);
        DrafterSettings settings = new() { VocabularySize = 30, DraftModel = draft, CostCurve = new([1, 2], [1.0, 3.0]) };
        using IDrafter drafter = DrafterCatalog.CreateFactory(Name, settings)(new());
        Assert.IsType<NullDrafter>(drafter);
    }

    [Fact]
    public void OneDraftModel_TwoTargetsInterleaved_DraftsAsAlone()
    {
        TableModel draft = new(30, order: 1), one = new(30, order: 1), other = new(30, order: 3, seed: 5);
        GenerationOptions options = new() { MaxNewTokens = 80 };
        using SpeculativeSession first = new SpeculativeEngine(one, CreateFactory(draft, null)).StartSession([1, 2, 3], options);
        using SpeculativeSession second = new SpeculativeEngine(other, CreateFactory(draft, null)).StartSession([4, 5], options);
        while (first.FinishReason == FinishReason.None || second.FinishReason == FinishReason.None)
        {
            first.Step(TestContext.Current.CancellationToken);
            second.Step(TestContext.Current.CancellationToken);
        }
        Assert.Equal(one.Greedy([1, 2, 3], 80), first.OutputTokenIds.ToArray());
        Assert.Equal(other.Greedy([4, 5], 80), second.OutputTokenIds.ToArray());
        Assert.True(first.Statistics.AcceptedTokens > 0);
    }

    [Fact]
    public void Dispose_LeavesNoSequenceOpen()
    {
        TableModel draft = new(30);
        new SpeculativeEngine(draft, CreateFactory(draft, null)).StartSession([1, 2, 3], new() { MaxNewTokens = 20 }).Dispose();
        Assert.Equal(0, draft.OpenSequences);
    }

    [Fact]
    public void CreateFactory_OtherVocabulary_NamesBothSizes()
    {
        string message = Assert.Throws<ArgumentException>(
            () => DrafterCatalog.CreateFactory(Name, new() { VocabularySize = 5, DraftModel = new TableModel(7) })).Message;
        Assert.Contains("has 7 tokens, the target's 5", message);
        Assert.Contains("5, which only the draft model has", message);
    }

    [Fact]
    public void CreateFactory_NoDraftModel_AsksForOne() => Assert.Contains(
        "needs a draft model",
        Assert.Throws<ArgumentException>(() => DrafterCatalog.CreateFactory(Name, new() { VocabularySize = 5 })).Message);

    protected DrafterFactory CreateFactory(ICausalModel draft, int? nodeBudget) => DrafterCatalog.CreateFactory(
        Name, new() { VocabularySize = draft.VocabularySize, NodeBudget = nodeBudget, DraftModel = draft });
}
