using Speculative.Drafters;

namespace Speculative.Tests;

/// <summary>The real model: every registered drafter gives plain decoding's tokens, and samples follow the target's distribution.</summary>
public sealed class EmbeddedModelTests
{
    static readonly Tokenizer Tokenizer = Tokenizer.Load(RepositoryFolder.EmbeddedModel);
    static readonly int[] ThreadCounts = [1, 2, 3];
    static readonly string[] Questions = ["Hi, how are you doing today?", "Summarize: The method is simple. The method is fast. We test the method.", "What is 3 + 4?"];

    public static TheoryData<string, int> DraftersAndThreads()
    {
        TheoryData<string, int> data = [];
        foreach (DrafterEntry entry in DrafterCatalog.Entries)
            foreach (int threads in entry.Needs == "nothing" ? ThreadCounts : [2])
                data.Add(entry.Name, threads);
        return data;
    }

    [Theory]
    [MemberData(nameof(DraftersAndThreads))]
    public void Drafter_GreedyOrSampled_EqualsPlainDecoding(string drafter, int threads)
    {
        using CpuModel plain = Open(1), model = Open(threads);
        foreach (Sampling sampling in new[] { Sampling.Greedy, new StochasticSampling { Temperature = 0.8f, TopP = 0.95f, Seed = 7 } })
            foreach (string question in Questions)
            {
                GenerationOptions options = new() { MaxNewTokens = 40, Sampling = sampling };
                using SpeculativeSession expected = new SpeculativeEngine(plain, NullDrafter.Factory).StartSession(Prompt(question), options);
                using SpeculativeSession actual = new SpeculativeEngine(model, Factory(drafter, model)).StartSession(Prompt(question), options);
                Assert.Equal(expected.Generate().ToArray(), actual.Generate().ToArray());
                Assert.Equal(0, actual.Statistics.DraftFailures);
            }
    }

    [Theory]
    [InlineData("prompt-lookup")]
    [InlineData("token-recycling")]
    public void Step_AfterWarmUp_AllocatesNothing(string drafter)
    {
        using CpuModel model = Open(1);
        using SpeculativeSession session = new SpeculativeEngine(model, Factory(drafter)).StartSession(Prompt(Questions[1]), new() { MaxNewTokens = 400 });
        for (int i = 0; i < 40; i++)
            session.Step();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 20; i++)
            session.Step();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(FinishReason.None, session.FinishReason);
    }

    /// <summary>The first sampled token over many seeds, under Token Recycling drafts, against the probabilities of the model's own row.</summary>
    [Theory]
    [InlineData(0.6f, 0.9f)]
    [InlineData(1f, 1f)]
    [InlineData(1.5f, 0.8f)]
    public void SampledTokens_FollowTheTargetsDistribution(float temperature, float topP)
    {
        using CpuModel model = Open(1);
        int[] prompt = Prompt(Questions[0]);
        StochasticSampling sampling = new() { Temperature = temperature, TopP = topP };
        using ICausalSequence sequence = model.CreateSequence(64);
        IModelOutput output = sequence.Prefill(prompt);
        double[] expected = [.. new TokenDistribution(sampling, model.VocabularySize).Compute(output, prompt.Length - 1).ToArray().Select(p => (double)p)];
        SpeculativeEngine engine = new(model, Factory("token-recycling"));
        const int runs = 500;
        int[] counts = new int[expected.Length];
        for (ulong seed = 0; seed < runs; seed++)
        {
            using SpeculativeSession session = engine.StartSession(prompt, new() { MaxNewTokens = 1, Sampling = sampling with { Seed = seed } });
            counts[session.Generate()[0]]++;
        }
        double chiSquared = 0, pooledExpected = 0, pooledCount = 0;
        int cells = 0;
        for (int id = 0; id < counts.Length; id++)
            if (runs * expected[id] >= 5)
            {
                cells++;
                chiSquared += Math.Pow(counts[id] - runs * expected[id], 2) / (runs * expected[id]);
            }
            else
            {
                pooledExpected += runs * expected[id];
                pooledCount += counts[id];
                Assert.True(expected[id] > 0 || counts[id] == 0, $"token {id} has probability 0 and was drawn");
            }
        if (pooledExpected >= 5)
            (cells, chiSquared) = (cells + 1, chiSquared + Math.Pow(pooledCount - pooledExpected, 2) / pooledExpected);
        Assert.True(cells > 3, $"only {cells} cells");
        Assert.True(chiSquared < cells + 4.5 * Math.Sqrt(2 * cells), $"chi-squared {chiSquared:F1} over {cells} cells");
    }

    static DrafterFactory Factory(string drafter, CpuModel? draft = null) =>
        DrafterCatalog.CreateFactory(drafter, new() { VocabularySize = 4096, NodeBudget = draft is null ? null : 12, DraftModel = draft, DraftLayers = draft is null ? null : 2 });

    static CpuModel Open(int threads) => new(ModelFolder.Open(RepositoryFolder.EmbeddedModel), new() { Threads = threads });

    static int[] Prompt(string question) => Tokenizer.Encode(ChatTemplate.Load(RepositoryFolder.EmbeddedModel).Apply([new(ChatRole.User, question)]));
}
