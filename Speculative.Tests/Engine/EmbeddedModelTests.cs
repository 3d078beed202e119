using Speculative.Drafters;

namespace Speculative.Tests;

/// <summary>The real model: every registered drafter gives plain decoding's tokens, and samples follow the target's distribution.</summary>
public sealed class EmbeddedModelTests
{
    static readonly Tokenizer Tokenizer = Tokenizer.Load(RepositoryFolder.EmbeddedModel);
    static readonly int[] ThreadCounts = [1, 2, 3];
    static readonly string[] Questions =
    [
        "Hi, how are you doing today?", "Summarize: The method is simple. The method is fast. We test the method.", "What is 3 + 4?",
    ];

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
                // Drawn drafts give other tokens than plain sampling, but the same however many threads.
                bool drawn = sampling is StochasticSampling && DrafterCatalog.Find(drafter).DrawsDrafts;
                DrafterFactory reference = drawn ? Factory(drafter, plain) : NullDrafter.Factory;
                using SpeculativeSession expected = new SpeculativeEngine(plain, reference).StartSession(Prompt(question), options);
                SpeculativeEngine engine = new(model, Factory(drafter, model));
                using SpeculativeSession actual = engine.StartSession(Prompt(question), options);
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
        SpeculativeEngine engine = new(model, Factory(drafter));
        using SpeculativeSession session = engine.StartSession(Prompt(Questions[1]), new() { MaxNewTokens = 400 });
        for (int i = 0; i < 40; i++)
            session.Step();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 20; i++)
            session.Step();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(FinishReason.None, session.FinishReason);
    }

    /// <summary>
    /// The first sampled token over many seeds, under Token Recycling drafts, against the probabilities of the model's own row.
    /// </summary>
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
        float[] expected = new float[model.VocabularySize];
        new TokenDistribution(sampling, model.VocabularySize).Compute(output, prompt.Length - 1, expected);
        SpeculativeEngine engine = new(model, Factory("token-recycling"));
        const int runs = 500;
        int[] counts = new int[expected.Length];
        for (ulong seed = 0; seed < runs; seed++)
        {
            GenerationOptions options = new() { MaxNewTokens = 1, Sampling = sampling with { Seed = seed } };
            using SpeculativeSession session = engine.StartSession(prompt, options);
            counts[session.Generate()[0]]++;
        }
        ChiSquared.AssertFollows(counts, [.. expected.Select(p => (double)p)]);
        Assert.True(counts.Count(count => count > 0) > 3);
    }

    /// <summary>
    /// The first token after trees drawn from a worse distribution: the model's own row after the prompt with every logit moved, two levels
    /// of it, under both rules.
    /// </summary>
    [Theory]
    [InlineData(0.3f, 0, 0.95f)]
    [InlineData(0.6f, 40, 1f)]
    [InlineData(1f, 50, 0.9f)]
    [InlineData(1.5f, 20, 0.8f)]
    public void SampledTokens_AfterDrawnTrees_FollowTheTargetsDistribution(float temperature, int topK, float topP)
    {
        using CpuModel model = Open(1);
        int[] prompt = Prompt(Questions[0]);
        StochasticSampling sampling = new() { Temperature = temperature, TopK = topK, TopP = topP, Seed = 12 };
        TokenDistribution distribution = new(sampling, model.VocabularySize);
        float[] expected = new float[model.VocabularySize], draft = new float[model.VocabularySize];
        using ICausalSequence sequence = model.CreateSequence(128);
        IModelOutput output = sequence.Prefill(prompt);
        distribution.Compute(output, prompt.Length - 1, expected);
        output.CopyLogits(prompt.Length - 1, draft);
        for (int id = 0; id < draft.Length; id++)
            draft[id] += (float)(2 * new RandomSource(6).Uniform((ulong)id));
        distribution.Compute(new FixedOutput([.. draft]), 0, draft);
        sequence.Dispose();
        foreach (AcceptanceKind kind in Enum.GetValues<AcceptanceKind>())
            ChiSquared.AssertFollows(
                FirstTokens(model, prompt, draft, sampling.CreateRule(kind, draft.Length)), [.. expected.Select(p => (double)p)]);
    }

    /// <summary>
    /// The drafters that draw, on the model's own first layers: the first two tokens over many seeds against the probabilities of the
    /// model's own rows; the second one's are summed over all first ones.
    /// </summary>
    [Theory]
    [InlineData("dyspec", 0.3f, 0, 0.95f, AcceptanceKind.RecursiveRejection)]
    [InlineData("dyspec-threshold", 0.6f, 40, 1f, AcceptanceKind.Traversal)]
    [InlineData("sequoia", 1f, 50, 0.9f, AcceptanceKind.RecursiveRejection)]
    [InlineData("dyspec", 1.5f, 20, 0.8f, AcceptanceKind.Traversal)]
    [InlineData("specinfer", 1.5f, 20, 0.9f, AcceptanceKind.RecursiveRejection)]
    [InlineData("speculative-sampling", 0.6f, 0, 0.9f, AcceptanceKind.Traversal)]
    [InlineData("s2d-drawn", 1f, 40, 0.95f, AcceptanceKind.RecursiveRejection)]
    [InlineData("s2d-tree-drawn", 0.6f, 0, 1f, AcceptanceKind.Traversal)]
    public void DrawnOutputs_OnTheRealModel_FollowTheTargetsDistribution(
        string drafter, float temperature, int topK, float topP, AcceptanceKind kind)
    {
        using CpuModel model = Open(1);
        int[] prompt = Prompt(Questions[0]);
        StochasticSampling sampling = new() { Temperature = temperature, TopK = topK, TopP = topP };
        SpeculativeEngine engine = new(model, Factory(drafter, model));
        const int runs = 300;
        int[] first = new int[model.VocabularySize], second = new int[model.VocabularySize];
        double[] expected = Distribution(model, prompt, sampling), expectedSecond = new double[model.VocabularySize];
        long accepted = 0;
        for (ulong seed = 0; seed < runs; seed++)
        {
            GenerationOptions options = new() { MaxNewTokens = 2, Acceptance = kind, Sampling = sampling with { Seed = seed } };
            using SpeculativeSession session = engine.StartSession(prompt, options);
            int[] output = [.. session.Generate()];
            first[output[0]]++;
            if (output.Length > 1)
                second[output[1]]++;
            accepted += session.Statistics.AcceptedTokens;
        }
        Assert.True(accepted > runs / 10);
        ChiSquared.AssertFollows(first, expected);
        foreach (var (tokenId, probability) in expected.Index().Where(token => token.Item > 0))
            foreach (var (next, conditional) in Distribution(model, [.. prompt, tokenId], sampling).Index().Where(token => token.Item > 0))
                expectedSecond[next] += probability * conditional;
        ChiSquared.AssertFollows(second, expectedSecond);
    }

    static double[] Distribution(CpuModel model, int[] tokenIds, StochasticSampling sampling)
    {
        using ICausalSequence sequence = model.CreateSequence(model.MaxContextLength);
        float[] probabilities = new float[model.VocabularySize];
        new TokenDistribution(sampling, model.VocabularySize).Compute(sequence.Prefill(tokenIds), tokenIds.Length - 1, probabilities);
        return [.. probabilities.Select(probability => (double)probability)];
    }

    /// <summary>S2D's point: one draft model, its weights read once, drafts for targets of any width and depth in one process.</summary>
    [Theory]
    [InlineData("s2d")]
    [InlineData("s2d-tree")]
    [InlineData("dyspec")]
    public void OneDraftModel_TwoTargetsOfOtherShapes_DraftsForBothExactly(string drafter)
    {
        ModelConfig shape = RandomWeights.NamedShape("tiny") with { VocabularySize = 4096 };
        CountingWeights weights = new(ModelFolder.Open(RepositoryFolder.EmbeddedModel));
        CpuModelOptions single = new() { Threads = 1 };
        using CpuModel draft = new(weights, single), one = Open(1), other = new(new RandomWeights(shape), single);
        int read = weights.Read;
        GenerationOptions options = new() { MaxNewTokens = 30 };
        using SpeculativeSession first = new SpeculativeEngine(one, Factory(drafter, draft)).StartSession(Prompt(Questions[0]), options);
        using SpeculativeSession second = new SpeculativeEngine(other, Factory(drafter, draft)).StartSession(Prompt(Questions[1]), options);
        while (first.FinishReason == FinishReason.None || second.FinishReason == FinishReason.None)
        {
            first.Step(TestContext.Current.CancellationToken);
            second.Step(TestContext.Current.CancellationToken);
        }
        foreach (var (target, question, session) in new[] { (one, Questions[0], first), (other, Questions[1], second) })
        {
            using SpeculativeSession plain = new SpeculativeEngine(target, NullDrafter.Factory).StartSession(Prompt(question), options);
            Assert.Equal(plain.Generate().ToArray(), session.OutputTokenIds.ToArray());
            Assert.Equal(0, session.Statistics.DraftFailures);
            Assert.True(session.Statistics.DraftedTokens > 0);
        }
        Assert.True(first.Statistics.AcceptedTokens > 0);
        Assert.Equal(read, weights.Read); // nothing was read again for the second target
    }

    sealed class CountingWeights(IWeightSource source) : IWeightSource
    {
        public int Read { get; private set; }

        public ModelConfig Config => source.Config;

        public Weight GetWeight(string name, int rows, int columns)
        {
            Read++;
            return source.GetWeight(name, rows, columns);
        }

        public void Dispose() => source.Dispose();
    }

    static int[] FirstTokens(CpuModel model, int[] prompt, float[] draft, IAcceptanceRule rule)
    {
        using ICausalSequence sequence = model.CreateSequence(128);
        sequence.Prefill(prompt.AsSpan(..^1));
        int[] counts = new int[draft.Length], path = new int[8];
        DraftTree tree = new(8);
        long accepted = 0;
        for (int run = 0; run < 400; run++)
        {
            tree.Reset(prompt[^1], 8);
            Random random = new(run);
            for (int node = 0; node < 2; node++) // three children of the root, two of the first of them
                DrawChildren(tree, node, 3 - node, draft, random);
            Acceptance acceptance = rule.Accept(tree, sequence.Evaluate(tree), run * 8, path);
            sequence.Rollback();
            accepted += acceptance.AcceptedLength;
            counts[acceptance.PathLength > 1 ? tree.TokenIds[path[1]] : acceptance.NextTokenId]++;
        }
        Assert.True(accepted > 40);
        return counts;
    }

    static void DrawChildren(DraftTree tree, int node, int count, float[] draft, Random random)
    {
        float[] residual = [.. draft];
        draft.CopyTo(tree.RentChildDistribution(node, draft.Length));
        for (; count > 0 && residual.Max() > 0; count--)
        {
            int tokenId = StochasticChooser.Draw(residual, random.NextDouble());
            tree.Add(node, tokenId);
            residual[tokenId] = 0;
        }
    }

    static DrafterFactory Factory(string drafter, CpuModel? draft = null) =>
        DrafterCatalog.CreateFactory(drafter, draft is null
            ? new() { VocabularySize = 4096 }
            : new() { VocabularySize = 4096, NodeBudget = 12, DraftModel = draft, DraftLayers = 2 });

    static CpuModel Open(int threads) => new(ModelFolder.Open(RepositoryFolder.EmbeddedModel), new() { Threads = threads });

    static int[] Prompt(string question) =>
        Tokenizer.Encode(ChatTemplate.Load(RepositoryFolder.EmbeddedModel).Apply([new(ChatRole.User, question)]));
}
