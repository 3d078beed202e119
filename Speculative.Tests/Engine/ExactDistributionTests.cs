namespace Speculative.Tests;

/// <summary>
/// The distribution of whole outputs, computed exactly: every outcome of every draw is enumerated through the real engine, probabilities
/// are fractions, and each output sequence must have the target's own probability, equal as a fraction.
/// </summary>
public sealed class ExactDistributionTests
{
    const int Vocabulary = 3, Length = 3;
    static readonly int[] Prompt = [0, 1];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void SampledOutput_WithRandomDraftTrees_HasTheTargetsDistribution(int seed)
    {
        TableModel model = Target(seed);
        var (outcomes, accepted) = Enumerate(model, _ => ScriptedDrafter.RandomTrees(model, seed), AcceptanceKind.RecursiveRejection);
        Assert.True(accepted != Rational.Zero);
        Assert.Empty(Differences(model, outcomes));
    }

    public static TheoryData<string, AcceptanceKind> LosslessShapes()
    {
        TheoryData<string, AcceptanceKind> data = [];
        foreach (string shape in EnumeratedDrafting.Shapes.Keys)
            foreach (AcceptanceKind kind in Enum.GetValues<AcceptanceKind>())
                data.Add(shape, kind);
        return data;
    }

    [Theory]
    [MemberData(nameof(LosslessShapes))]
    public void SampledOutput_WithDrawnTrees_HasTheTargetsDistribution(string shape, AcceptanceKind kind)
    {
        for (int seed = 1; seed <= 3; seed++)
        {
            TableModel model = Target(seed);
            var (outcomes, accepted) = EnumerateDrawn(model, EnumeratedDrafting.Shapes[shape], kind);
            Assert.True(accepted != Rational.Zero);
            Assert.Empty(Differences(model, outcomes));
        }
    }

    /// <summary>So that the cases above mean something.</summary>
    [Theory]
    [InlineData("chain, exits chosen by confidence")]
    [InlineData("two levels, exits chosen by confidence")]
    public void ExitsChosenByConfidence_AreBothUsed(string shape)
    {
        TableModel draft = new(Vocabulary, seed: 77);
        List<EnumeratedDrafting> drafts = [];
        Enumerate(Target(1), choices =>
        {
            drafts.Add(new(choices, draft, Prompt.Length));
            return drafts[^1].Drafter(EnumeratedDrafting.Shapes[shape]);
        }, AcceptanceKind.RecursiveRejection);
        Assert.True(drafts.Exists(drafting => drafting.Drafted[0] > 0) && drafts.Exists(drafting => drafting.Drafted[1] > 0));
    }

    public static TheoryData<string, AcceptanceKind> BiasedShapes()
    {
        TheoryData<string, AcceptanceKind> data = [];
        foreach (string shape in EnumeratedDrafting.Biased.Keys)
            foreach (AcceptanceKind kind in Enum.GetValues<AcceptanceKind>())
                data.Add(shape, kind);
        return data;
    }

    /// <summary>The oracle can fail: what is known to bias the output is found.</summary>
    [Theory]
    [MemberData(nameof(BiasedShapes))]
    public void BiasedDrafting_IsFound(string shape, AcceptanceKind kind) => Assert.NotEmpty(Enumerable.Range(1, 4).SelectMany(seed =>
    {
        TableModel model = Target(seed);
        return Differences(model, EnumerateDrawn(model, EnumeratedDrafting.Biased[shape], kind).Outcomes);
    }));

    /// <summary>Traversal is proved to accept at least as much on chains only; on trees it is what these cases show.</summary>
    [Fact]
    public void Traversal_AcceptsAtLeastAsMuch()
    {
        int more = 0;
        foreach (Action<EnumeratedDrafting> grow in EnumeratedDrafting.Shapes.Values)
        {
            TableModel model = Target(2);
            Rational rejection = EnumerateDrawn(model, grow, AcceptanceKind.RecursiveRejection).Accepted;
            int order = EnumerateDrawn(model, grow, AcceptanceKind.Traversal).Accepted.CompareTo(rejection);
            Assert.True(order >= 0);
            more += order;
        }
        Assert.True(more > 0);
    }

    static TableModel Target(int seed) => new(Vocabulary, seed: seed, maxTreeNodes: 9);

    static (Dictionary<string, Rational> Outcomes, Rational Accepted) EnumerateDrawn(
        TableModel model, Action<EnumeratedDrafting> grow, AcceptanceKind kind)
    {
        TableModel draft = new(Vocabulary, seed: 77);
        return Enumerate(model, choices => new EnumeratedDrafting(choices, draft, Prompt.Length).Drafter(grow), kind);
    }

    /// <summary>The probability of each output, and the mean number of accepted drafts.</summary>
    static (Dictionary<string, Rational> Outcomes, Rational Accepted) Enumerate(
        TableModel model, Func<ChoiceEnumerator, IDrafter> createDrafter, AcceptanceKind kind)
    {
        Dictionary<string, Rational> outcomes = [];
        Rational accepted = Rational.Zero;
        ChoiceEnumerator choices = new();
        GenerationOptions options = new() { MaxNewTokens = Length, Sampling = new EnumeratedSampling(choices), Acceptance = kind };
        choices.RunAll(() =>
        {
            using var session = new SpeculativeEngine(model, _ => createDrafter(choices)).StartSession(Prompt, options);
            string output = string.Join(' ', session.Generate().ToArray());
            Assert.Equal(0, session.Statistics.DraftFailures);
            Rational probability = choices.Probability;
            outcomes[output] = outcomes.GetValueOrDefault(output, Rational.Zero) + probability;
            accepted += probability * new Rational(session.Statistics.AcceptedTokens, 1);
        });
        return (outcomes, accepted);
    }

    /// <summary>The outputs whose probability is not the target's.</summary>
    static List<string> Differences(TableModel model, Dictionary<string, Rational> outcomes)
    {
        Assert.Equal(Rational.One, outcomes.Values.Aggregate((a, b) => a + b));
        List<string> differences = [];
        for (int code = 0; code < Vocabulary * Vocabulary * Vocabulary; code++)
        {
            int[] output = [code / 9, code / 3 % 3, code % 3];
            Rational expected = JointProbability(model, Prompt, output);
            Rational actual = outcomes.GetValueOrDefault(string.Join(' ', output), Rational.Zero);
            if (expected != actual)
                differences.Add($"{string.Join(' ', output)}: expected {expected}, found {actual}");
        }
        return differences;
    }

    static Rational JointProbability(TableModel model, int[] prompt, int[] output)
    {
        Rational probability = Rational.One;
        float[] logits = new float[Vocabulary];
        for (int i = 0; i < output.Length; i++)
        {
            model.Logits([.. prompt, .. output[..i]], logits);
            int[] weights = EnumeratedSampling.Weights(logits);
            probability *= new Rational(weights[output[i]], weights.Sum());
        }
        return probability;
    }
}
