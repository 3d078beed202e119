namespace Speculative.Tests;

/// <summary>
/// The distribution of whole outputs, computed exactly: every outcome of every draw is enumerated through the real engine, probabilities are
/// fractions, and each output sequence must have the target's own probability, equal as a fraction.
/// </summary>
public sealed class ExactDistributionTests
{
    const int Vocabulary = 3, Length = 3;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void SampledOutput_WithRandomDraftTrees_HasTheTargetsDistribution(int seed)
    {
        TableModel model = new(Vocabulary, seed: seed, maxTreeNodes: 9);
        Dictionary<string, Rational> outcomes = [];
        long accepted = 0;
        ChoiceEnumerator choices = new();
        GenerationOptions options = new() { MaxNewTokens = Length, Sampling = new EnumeratedSampling(choices) };
        choices.RunAll(() =>
        {
            using var session = new SpeculativeEngine(model, _ => ScriptedDrafter.RandomTrees(model, seed)).StartSession([0, 1], options);
            string output = string.Join(' ', session.Generate().ToArray());
            outcomes[output] = outcomes.GetValueOrDefault(output, Rational.Zero) + choices.Probability;
            accepted += session.Statistics.AcceptedTokens;
        });
        Assert.True(accepted > 0);
        Assert.Equal(Rational.One, outcomes.Values.Aggregate((a, b) => a + b));
        foreach (var (output, probability) in outcomes)
            Assert.Equal(JointProbability(model, [0, 1], [.. output.Split(' ').Select(int.Parse)]), probability);
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
