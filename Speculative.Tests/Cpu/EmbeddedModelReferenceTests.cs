using System.Text.Json;

namespace Speculative.Tests;

/// <summary>The embedded targets against their reference.json, which another implementation computed in float32.</summary>
public sealed class EmbeddedModelReferenceTests
{
    /// <summary>
    /// Two float32 implementations may be this far apart on logits of about 10, given to five decimals. The choice may differ
    /// only where the two tokens are closer than twice this.
    /// </summary>
    const float Tolerance = 1e-3f;

    public static TheoryData<string, int> Generations
    {
        get
        {
            TheoryData<string, int> data = [];
            foreach (string model in new[] { "target", "target-small" })
                for (int index = 0; index < Read(model).GetArrayLength(); index++)
                    data.Add(model, index);
            return data;
        }
    }

    [Fact]
    public void Reference_EmbeddedModel_HasGenerations() => Assert.NotEmpty(Generations);

    [Theory]
    [MemberData(nameof(Generations))]
    public void Evaluate_ReferencePrompt_GivesItsTopLogits(string name, int index)
    {
        JsonElement generation = Read(name)[index];
        int[] prompt = Integers(generation, "prompt_ids"), continuation = Integers(generation, "continuation_ids");
        using CpuModel model = new(ModelFolder.Open(RepositoryFolder.Model(name)));
        using ICausalSequence sequence = model.CreateSequence(model.MaxContextLength);
        float[] row = new float[model.VocabularySize];

        IModelOutput output = sequence.Prefill([.. prompt, .. continuation]);

        int step = 0;
        foreach (JsonElement top in generation.GetProperty("top5").EnumerateArray())
        {
            output.CopyLogits(prompt.Length - 1 + step++, row);
            int[] ids = Integers(top, "ids");
            float[] logits = [.. top.GetProperty("logits").EnumerateArray().Select(item => item.GetSingle())];
            for (int i = 0; i < ids.Length; i++)
                Assert.Equal(logits[i], row[ids[i]], Tolerance);
            Assert.True(row.Max() <= logits[0] + Tolerance, $"Step {step - 1} holds a larger logit than the reference's best.");
        }
    }

    /// <summary>Each step follows the reference's own tokens, so that a near tie costs one token and not the rest of the text.</summary>
    [Theory]
    [MemberData(nameof(Generations))]
    public void Evaluate_ReferencePrompt_ChoosesItsTokensUpToNearTies(string name, int index)
    {
        JsonElement generation = Read(name)[index];
        int[] prompt = Integers(generation, "prompt_ids"), continuation = Integers(generation, "continuation_ids");
        using CpuModel model = new(ModelFolder.Open(RepositoryFolder.Model(name)));
        using ICausalSequence sequence = model.CreateSequence(model.MaxContextLength);
        float[] row = new float[model.VocabularySize];
        DraftTree tree = new(1);
        sequence.Prefill(prompt.AsSpan(0, prompt.Length - 1));

        int last = prompt[^1];
        for (int i = 0; i < continuation.Length; last = continuation[i++])
        {
            tree.Reset(last, 1);
            IModelOutput output = sequence.Evaluate(tree);
            AssertChoice(continuation[i], output, row, i);
            sequence.Commit([0]);
        }
    }

    static void AssertChoice(int expected, IModelOutput output, float[] row, int step)
    {
        int chosen = output.ArgMax(0);
        if (chosen == expected)
            return;
        output.CopyLogits(0, row);
        float margin = row[chosen] - row[expected];
        Assert.True(margin < 2 * Tolerance, $"Step {step} chose {chosen} instead of {expected}, with a margin of {margin:e2}.");
        TestContext.Current.TestOutputHelper?.WriteLine($"Step {step}: {chosen} instead of {expected}, a near tie of {margin:e2}.");
    }

    static JsonElement Read(string name)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(Path.Combine(RepositoryFolder.Model(name), "reference.json")));
        return document.RootElement.GetProperty("generations").Clone();
    }

    static int[] Integers(JsonElement owner, string name) => [.. owner.GetProperty(name).EnumerateArray().Select(item => item.GetInt32())];
}
