namespace Speculative.Tests;

/// <summary>What every drafter must keep to. A drafter's subclass names it, creates it and declares its memory.</summary>
public abstract class DrafterConformanceTests
{
    static readonly int[] Prompt = [1, 0, 1, 1, 0, 1, 0, 0, 1, 0, 1];

    /// <summary>Vocabulary, order of the model, node budget (0: the drafter's own), largest tree.</summary>
    public static TheoryData<int, int, int, int> Shapes => new()
    {
        { 2, 1, 0, 128 }, { 2, 3, 5, 128 }, { 5, 1, 1, 128 }, { 7, 2, 0, 4 }, { 30, 1, 3, 9 },
        { 30, 2, 0, 128 }, { 300, 1, 16, 128 }, { 300, 1, 0, 2 }, { 7, 1, 1024, 16 },
    };

    /// <summary>The drafter under test.</summary>
    protected abstract Type Subject { get; }

    /// <summary>Whether drafters of one factory learn from each other's requests, and a drafter from its earlier ones.</summary>
    protected virtual bool KeepsMemory => false;

    /// <summary>Whether it drafts at all.</summary>
    protected virtual bool Drafts => true;

    /// <summary>Whether it drafts before it has learnt anything, as one with a draft model does.</summary>
    protected virtual bool KnowsFromTheStart => false;

    /// <summary>
    /// Whether it draws its drafts when the target samples; the output then has the target's distribution, but other tokens.
    /// </summary>
    protected virtual bool DrawsDrafts => false;

    /// <summary>A factory with state of its own.</summary>
    protected abstract DrafterFactory CreateFactory(int vocabularySize, int? nodeBudget);

    [Fact]
    public void Factory_CreatesTheSubject()
    {
        using IDrafter drafter = CreateFactory(10, null)(new());
        Assert.IsType(Subject, drafter);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Draft_EveryStep_GivesAValidTreeWithinCapacityAndBudget(int vocabularySize, int order, int budget, int maxTreeNodes)
    {
        List<RecordingDrafter.Step> steps = Record(Model(vocabularySize, order, maxTreeNodes), Factory(vocabularySize, budget), 200);
        foreach (RecordingDrafter.Step step in steps)
        {
            Assert.Equal(step.Context[^1], step.TokenIds[0]);
            Assert.InRange(step.TokenIds.Length, 1, Math.Min(step.Capacity, budget == 0 ? int.MaxValue : budget + 1));
            Assert.All(step.TokenIds, tokenId => Assert.InRange(tokenId, 0, vocabularySize - 1));
            for (int node = 1; node < step.TokenIds.Length; node++)
            {
                Assert.InRange(step.Parents[node], 0, node - 1);
                Assert.Equal(step.Depths[step.Parents[node]] + 1, step.Depths[node]);
            }
            Assert.Equal(step.TokenIds.Length - 1, step.TokenIds.Zip(step.Parents).Skip(1).Distinct().Count());
        }
        Assert.Equal(Drafts, steps.Exists(step => step.TokenIds.Length > 1));
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Draft_EveryStep_SaysWhatItExpects(int vocabularySize, int order, int budget, int maxTreeNodes)
    {
        List<RecordingDrafter.Step> steps = Record(Model(vocabularySize, order, maxTreeNodes), Factory(vocabularySize, budget), 200);
        foreach (RecordingDrafter.Step step in steps)
        {
            Assert.Equal(step.TokenIds.Length > 1, step.Expected > 0);
            Assert.InRange(step.Expected, 0, step.Depths.Max() * (1 + 1e-5)); // at most one node of each depth is accepted
        }
    }

    /// <summary>Models that check long chains but no deep trees refuse what is deeper.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Draft_ShallowTarget_StaysAboveItsDepth(int depth)
    {
        TableModel model = new(30, order: 1) { MaxTreeDepth = depth };
        foreach (Sampling sampling in (Sampling[])[Sampling.Greedy, new StochasticSampling { Seed = 1 }])
        {
            List<RecordingDrafter.Step> steps =
                Record(model, CreateFactory(30, null), new GenerationOptions { MaxNewTokens = 100, Sampling = sampling });
            Assert.Equal(Drafts ? depth : 0, steps.Max(step => step.Depths.Max()));
        }
    }

    [Fact]
    public void Draft_CapacityOne_AddsNothing() =>
        Assert.All(Record(Model(2, 1, maxTreeNodes: 1), CreateFactory(2, null), 50), step => Assert.Single(step.TokenIds));

    [Fact]
    public void Draft_BeforeAnythingIsKnown_AddsNothingUnlessDeclared()
    {
        using IDrafter drafter = CreateFactory(50, null)(new());
        DraftTree tree = new(128);
        drafter.Start([7]);
        tree.Reset(7, 128);
        drafter.Draft([7], tree);
        Assert.Equal(KnowsFromTheStart, tree.Count > 1);
    }

    [Fact]
    public void Start_OneTokenPrompt_GeneratesTheTargetsOutput()
    {
        TableModel model = Model(30, 1);
        Assert.Equal(model.Greedy([3], 60), Generate(model, CreateFactory(30, null), [3], new() { MaxNewTokens = 60 }));
    }

    [Fact]
    public void Start_NextTurnOfAConversation_GeneratesTheTargetsOutput()
    {
        TableModel model = Model(30, 2);
        SpeculativeEngine engine = new(model, CreateFactory(30, null));
        SpeculativeSession session = engine.StartSession(Prompt, new() { MaxNewTokens = 20 });
        for (int turn = 0; turn < 3; turn++)
        {
            int[] prompt = [.. Prompt, .. session.Generate()[..^turn], turn, 7];
            session = session.Continue(prompt);
            Assert.Equal(model.Greedy(prompt, 20), session.Generate().ToArray());
            Assert.Equal(0, session.Statistics.DraftFailures);
        }
        session.Dispose();
        Assert.Equal(0, model.OpenSequences);
    }

    [Fact]
    public void Draft_TwoFactories_DraftTheSame()
    {
        TableModel model = Model(30, 2);
        Assert.Equal(Trees(Record(model, CreateFactory(30, null), 100)), Trees(Record(model, CreateFactory(30, null), 100)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Start_SecondRequest_KnowsNothingOfTheFirstUnlessDeclared(bool sameDrafter)
    {
        TableModel model = Model(30, 2);
        DrafterFactory factory = CreateFactory(30, null);
        using IDrafter one = factory(new()), another = factory(new());
        string[] first = Trees(Record(model, _ => one, 100));
        string[] second = Trees(Record(model, _ => sameDrafter ? one : another, 100));
        Assert.Equal(!KeepsMemory, first.SequenceEqual(second));
    }

    [Fact]
    public void Draft_InterleavedWithAnotherFactorysDrafter_DraftsAsAlone()
    {
        TableModel model = Model(30, 2);
        RecordingDrafter one = new(CreateFactory(30, null)(new())), other = new(CreateFactory(30, null)(new()));
        using SpeculativeSession first = new SpeculativeEngine(model, _ => one).StartSession(Prompt);
        using SpeculativeSession second = new SpeculativeEngine(model, _ => other).StartSession([5, 6, 7, 5, 6]);
        while (first.FinishReason == FinishReason.None)
        {
            first.Step(TestContext.Current.CancellationToken);
            second.Step(TestContext.Current.CancellationToken);
        }
        Assert.Equal(Trees(Record(model, CreateFactory(30, null), 256)), Trees(one.Steps));
    }

    [Fact]
    public void Observe_RootOnlyPath_KeepsDraftingValidTrees()
    {
        TableModel model = Model(30, 1);
        using IDrafter drafter = CreateFactory(30, null)(new());
        using ICausalSequence sequence = model.CreateSequence(model.MaxContextLength);
        DraftTree tree = new(128);
        List<int> context = [1, 2, 1];
        drafter.Start([.. context]);
        sequence.Prefill([1, 2]);
        int drafted = 0;
        for (int step = 0; step < 40; step++)
        {
            tree.Reset(context[^1], 128);
            drafter.Draft([.. context], tree);
            drafted += tree.Count - 1;
            IModelOutput output = sequence.Evaluate(tree);
            sequence.Commit([0]);
            context.Add(output.ArgMax(0));
            drafter.Observe(new VerifiedStep(tree, output, [0], context[^1]));
        }
        Assert.Equal(model.Greedy([1, 2, 1], 40), context[3..]);
        Assert.Equal(Drafts, drafted > 0);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.9f)]
    public void DraftAndObserve_AfterWarmUp_AllocateNothing(float temperature)
    {
        TableModel model = Model(30, 2);
        GenerationOptions options = new()
        {
            MaxNewTokens = 200,
            Sampling = temperature == 0 ? Sampling.Greedy : new StochasticSampling { Temperature = temperature, TopP = 0.95f, Seed = 1 },
        };
        using IDrafter drafter = CreateFactory(30, null)(options);
        Record(model, _ => drafter, options);
        // A session's tree makes the rows of drawn drafts when they are first asked for. The runtime itself allocates now and then, when it
        // recompiles a method; what a step allocates, it allocates every time.
        Assert.Contains(0, Enumerable.Range(0, 10).Select(_ =>
        {
            List<RecordingDrafter.Step> steps = Record(model, _ => drafter, options);
            return steps[(temperature == 0 ? 0 : steps.Count / 2)..].Sum(step => step.AllocatedBytes);
        }));
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Generate_Greedy_EqualsPlainDecoding(int vocabularySize, int order, int budget, int maxTreeNodes)
    {
        TableModel model = Model(vocabularySize, order, maxTreeNodes);
        DrafterFactory factory = Factory(vocabularySize, budget);
        for (int request = 0; request < 3; request++) // the same factory: kept memory must not show in the output
            Assert.Equal(model.Greedy(Prompt, 150), Generate(model, factory, Prompt, new() { MaxNewTokens = 150 }));
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Generate_Sampled_EqualsPlainSamplingAtTheSeed(int vocabularySize, int order, int budget, int maxTreeNodes)
    {
        TableModel model = Model(vocabularySize, order, maxTreeNodes);
        DrafterFactory factory = Factory(vocabularySize, budget);
        for (ulong seed = 1; seed <= 3; seed++)
        {
            Sampling sampling = new StochasticSampling { Temperature = seed * 0.4f, TopP = 0.95f, Seed = seed };
            GenerationOptions options = new() { MaxNewTokens = 100, Sampling = sampling };
            int[] expected = Generate(model, DrawsDrafts ? factory : NullDrafter.Factory, Prompt, options);
            Assert.Equal(expected, Generate(model, factory, Prompt, options));
        }
    }

    /// <summary>Also where both rules for drawn drafts had the choice.</summary>
    [Theory]
    [InlineData(AcceptanceKind.RecursiveRejection)]
    [InlineData(AcceptanceKind.Traversal)]
    public void Generate_Sampled_NeverEmitsATokenOfProbabilityZero(AcceptanceKind acceptance)
    {
        TableModel model = Model(30, 2);
        StochasticSampling sampling = new() { TopK = 3, TopP = 0.9f, Seed = 3 };
        GenerationOptions options = new() { MaxNewTokens = 100, Sampling = sampling, Acceptance = acceptance };
        int[] output = Generate(model, CreateFactory(30, null), Prompt, options);
        float[] logits = new float[30], probabilities = new float[30];
        for (int i = 0; i < output.Length; i++)
        {
            model.Logits([.. Prompt, .. output[..i]], logits);
            new TokenDistribution(sampling, 30).Compute(new FixedOutput(logits), 0, probabilities);
            Assert.True(probabilities[output[i]] > 0);
        }
    }

    [Fact]
    public void Generate_NearTheContextLimit_EqualsPlainDecodingToTheLastSlot()
    {
        DrafterFactory factory = CreateFactory(5, null);
        for (int contextLength = Prompt.Length; contextLength < Prompt.Length + 30; contextLength++)
        {
            TableModel model = new(5, order: 1, maxContextLength: contextLength);
            int count = contextLength - Prompt.Length + 1;
            Assert.Equal(model.Greedy(Prompt, count), Generate(model, factory, Prompt, new()));
        }
    }

    [Fact]
    public void Generate_NearTheTokenBudget_EmitsExactlyTheBudget()
    {
        TableModel model = Model(5, 1);
        DrafterFactory factory = CreateFactory(5, null);
        for (int count = 1; count <= 30; count++)
            Assert.Equal(model.Greedy(Prompt, count), Generate(model, factory, Prompt, new() { MaxNewTokens = count }));
    }

    static TableModel Model(int vocabulary, int order, int maxTreeNodes = 128) => new(vocabulary, order, maxTreeNodes: maxTreeNodes);

    static string[] Trees(List<RecordingDrafter.Step> steps) => [.. steps.Select(step => step.Tree)];

    static List<RecordingDrafter.Step> Record(TableModel model, DrafterFactory factory, int count) =>
        Record(model, factory, new GenerationOptions { MaxNewTokens = count });

    static List<RecordingDrafter.Step> Record(TableModel model, DrafterFactory factory, GenerationOptions options)
    {
        RecordingDrafter recorder = new(factory(options));
        Generate(model, _ => recorder, Prompt, options);
        return recorder.Steps;
    }

    /// <summary>Generates to the end; a drafter that throws, which the engine would hide, fails the test.</summary>
    static int[] Generate(TableModel model, DrafterFactory factory, int[] prompt, GenerationOptions options)
    {
        using SpeculativeSession session = new SpeculativeEngine(model, factory).StartSession(prompt, options);
        int[] output = [.. session.Generate()];
        Assert.Equal(0, session.Statistics.DraftFailures);
        return output;
    }

    DrafterFactory Factory(int vocabularySize, int budget) => CreateFactory(vocabularySize, budget == 0 ? null : budget);
}
