using Speculative.Drafters;

namespace Speculative.Tests;

/// <summary>The drafters that draw, from end to end: whole outputs over many seeds against the target's joint probabilities.</summary>
public sealed class DrawnDraftersTests
{
    const int Vocabulary = 3, Length = 3;
    static readonly int[] Prompt = [0, 1];

    public static TheoryData<string, AcceptanceKind, float, float> Cases()
    {
        TheoryData<string, AcceptanceKind, float, float> data = [];
        foreach (string drafter in DrawingNames)
            foreach (AcceptanceKind kind in Enum.GetValues<AcceptanceKind>())
                foreach (var (temperature, topP) in new[] { (1f, 1f), (2.5f, 1f), (2f, 0.9f) })
                    data.Add(drafter, kind, temperature, topP);
        return data;
    }

    public static TheoryData<string> Drawing => [.. DrawingNames];

    static string[] DrawingNames => [.. DrafterCatalog.Entries.Where(entry => entry.DrawsDrafts).Select(entry => entry.Name)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Outputs_FollowTheTargetsJointDistribution(string drafter, AcceptanceKind kind, float temperature, float topP)
    {
        const int runs = 6000;
        TableModel target = new(Vocabulary, seed: 4, maxTreeNodes: 9);
        NestedTableModel draft = new(new(Vocabulary, seed: 11, maxTreeNodes: 9), new(Vocabulary, seed: 9, maxTreeNodes: 9));
        DrafterSettings settings = new() { VocabularySize = Vocabulary, NodeBudget = 6, DraftModel = draft, ExitThresholds = [0.7] };
        SpeculativeEngine engine = new(target, DrafterCatalog.CreateFactory(drafter, settings));
        StochasticSampling sampling = new() { Temperature = temperature, TopP = topP };
        int[] counts = new int[Vocabulary * Vocabulary * Vocabulary];
        long accepted = 0;
        for (int seed = 0; seed < runs; seed++)
        {
            GenerationOptions options = new() { MaxNewTokens = Length, Acceptance = kind, Sampling = sampling with { Seed = (ulong)seed } };
            using SpeculativeSession session = engine.StartSession(Prompt, options);
            counts[session.Generate().ToArray().Aggregate((code, tokenId) => code * Vocabulary + tokenId)]++;
            accepted += session.Statistics.AcceptedTokens;
            Assert.Equal((0, session.Statistics.DraftedTokens), (session.Statistics.DraftFailures, session.Statistics.DrawnTokens));
        }
        Assert.True(accepted > runs / 10);
        if (drafter.StartsWith("s2d"))
            Assert.True(draft.Asked[0] > runs && draft.Asked[1] > runs / 2 && draft.Asked[1] < draft.Asked[0]); // both exits draft
        ChiSquared.AssertFollows(counts, [.. Enumerable.Range(0, counts.Length).Select(code => Joint(target, sampling, code))]);
    }

    [Theory]
    [MemberData(nameof(Drawing))]
    public void GreedyTarget_GetsPointMasses(string drafter)
    {
        TableModel model = new(30);
        DrafterSettings settings = new() { VocabularySize = 30, NodeBudget = 6, DraftModel = model };
        SpeculativeEngine engine = new(model, DrafterCatalog.CreateFactory(drafter, settings));
        using SpeculativeSession session = engine.StartSession(Prompt);
        session.Generate();
        Assert.Equal(0, session.Statistics.DrawnTokens);
        Assert.True(session.Statistics.DraftedTokens > 0);
    }

    /// <summary>
    /// A target that its own draft model drafts keeps all that is drawn: DySpec learns within a request that depth pays, not width.
    /// </summary>
    [Fact]
    public void DySpec_TargetDraftedByItself_LearnsToGrowDeep()
    {
        TableModel model = new(300, maxContextLength: 2048);
        DrafterSettings settings = new() { VocabularySize = 300, NodeBudget = 12, DraftModel = model };
        RecordingDrafter recorder = new(DrafterCatalog.CreateFactory("dyspec", settings)(new() { Sampling = new StochasticSampling() }));
        using SpeculativeSession session = new SpeculativeEngine(model, _ => recorder)
            .StartSession(Prompt, new() { MaxNewTokens = 600, Sampling = new StochasticSampling() });
        session.Generate();
        double[] depths = [.. recorder.Steps.Select(step => (double)step.Depths.Max())];
        Assert.True(depths[^20..^2].Average() > depths[..3].Average() + 1, $"{depths[..3].Average()} to {depths[^20..^2].Average()}");
    }

    static double Joint(TableModel target, StochasticSampling sampling, int code)
    {
        int[] output = [code / 9, code / 3 % 3, code % 3];
        float[] logits = new float[Vocabulary], probabilities = new float[Vocabulary];
        double joint = 1;
        for (int i = 0; i < Length; i++)
        {
            target.Logits([.. Prompt, .. output[..i]], logits);
            new TokenDistribution(sampling, Vocabulary).Compute(new FixedOutput(logits), 0, probabilities);
            joint *= probabilities[output[i]];
        }
        return joint;
    }
}
