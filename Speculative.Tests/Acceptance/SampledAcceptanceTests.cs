namespace Speculative.Tests;

public sealed class RecursiveRejectionConformanceTests : AcceptanceRuleConformanceTests
{
    protected override Type Subject => typeof(RecursiveRejectionAcceptance);

    protected override IAcceptanceRule CreateRule(Sampling sampling, int vocabularySize) =>
        new RecursiveRejectionAcceptance(sampling, vocabularySize);
}

public sealed class TraversalConformanceTests : AcceptanceRuleConformanceTests
{
    protected override Type Subject => typeof(TraversalAcceptance);

    protected override IAcceptanceRule CreateRule(Sampling sampling, int vocabularySize) =>
        new TraversalAcceptance(sampling, vocabularySize);
}

/// <summary>The rules for drawn drafts in single precision, as they are used.</summary>
public sealed class SampledAcceptanceTests
{
    static readonly float[] Target = [0.5f, 0.3f, 0.2f], Draft = [0.2f, 0.5f, 0.3f];

    /// <summary>The worked example of the design: target (.5, .3, .2), draft (.2, .5, .3), one to three children of the root.</summary>
    [Theory]
    [InlineData(ProposalKind.SampledWithReplacement, 1, 0.70)]
    [InlineData(ProposalKind.SampledWithReplacement, 2, 0.76)]
    [InlineData(ProposalKind.SampledWithReplacement, 3, 0.808)]
    [InlineData(ProposalKind.SampledWithoutReplacement, 1, 0.70)]
    [InlineData(ProposalKind.SampledWithoutReplacement, 2, 0.8086)]
    [InlineData(ProposalKind.SampledWithoutReplacement, 3, 1)]
    [InlineData(ProposalKind.PointMass, 1, 0.30)]
    [InlineData(ProposalKind.PointMass, 2, 0.50)]
    [InlineData(ProposalKind.PointMass, 3, 1)]
    public void Accept_OneLevel_AcceptsAsOftenAsTheWorkedExample(ProposalKind kind, int children, double expected)
    {
        foreach (AcceptanceKind rule in Enum.GetValues<AcceptanceKind>())
        {
            const int runs = 40_000;
            int accepted = 0;
            int[] counts = new int[3];
            Run(rule, kind, children, runs, (acceptance, first) =>
            {
                accepted += acceptance.AcceptedLength;
                counts[first]++;
            });
            Assert.Equal(expected, (double)accepted / runs, 0.01); // four standard deviations
            for (int id = 0; id < 3; id++)
                Assert.Equal(Target[id], (double)counts[id] / runs, 0.01);
        }
    }

    [Theory]
    [InlineData(AcceptanceKind.RecursiveRejection)]
    [InlineData(AcceptanceKind.Traversal)]
    public void Accept_DraftEqualToTarget_IsAlwaysKept(AcceptanceKind kind)
    {
        FixedOutput output = new(64, 5);
        StochasticSampling sampling = new() { Temperature = 0.9f, TopP = 0.9f };
        IAcceptanceRule rule = sampling.CreateRule(kind, 64);
        DraftTree tree = new(8);
        int[] path = new int[8];
        for (int run = 0; run < 2000; run++)
        {
            tree.Reset(0, 8);
            for (int node = 0; node < 7;)
            {
                Span<float> row = tree.RentChildDistribution(node, 64);
                new TokenDistribution(sampling, 64).Compute(output, node, row);
                RandomSource random = new(3, RandomSource.DraftingStream);
                node = tree.Add(node, StochasticChooser.Draw(row, random.Uniform((ulong)(run * 8 + node))));
            }
            Acceptance acceptance = rule.Accept(tree, output, run * 8, path);
            Assert.Equal((8, TokenOrigin.Bonus), (acceptance.PathLength, acceptance.NextOrigin));
        }
    }

    /// <summary>
    /// The token after a path is drawn with the number that plain sampling takes at its output position, under both rules.
    /// </summary>
    [Theory]
    [InlineData(AcceptanceKind.RecursiveRejection)]
    [InlineData(AcceptanceKind.Traversal)]
    public void Accept_TokenAfterThePath_TakesTheNumberOfItsPosition(AcceptanceKind kind)
    {
        FixedOutput output = new(64, 5);
        StochasticSampling sampling = new() { Seed = 9 };
        IAcceptanceRule rule = sampling.CreateRule(kind, 64);
        DraftTree tree = new(4);
        int[] path = new int[4];
        float[] target = new float[64];
        new TokenDistribution(sampling, 64).Compute(output, 0, target);
        for (int run = 0; run < 50; run++)
        {
            tree.Reset(0, 4);
            for (int node = 0; node < 3; node = tree.Add(node, node)) // drawn from the target's own distribution, so kept
                target.CopyTo(tree.RentChildDistribution(node, 64));
            Acceptance acceptance = rule.Accept(tree, output, run * 7, path);
            Assert.Equal(4, acceptance.PathLength);
            Assert.Equal(StochasticChooser.Draw(target, new RandomSource(9).Uniform((ulong)(run * 7 + 3))), acceptance.NextTokenId);
        }
    }

    /// <summary>A tree's distributions need not sum to 1: powers of two change no bit of what is decided.</summary>
    [Theory]
    [InlineData(AcceptanceKind.RecursiveRejection)]
    [InlineData(AcceptanceKind.Traversal)]
    public void Accept_DistributionsOfAnySum_DecideTheSame(AcceptanceKind kind)
    {
        FixedOutput output = new([0.3f, 2, 1, 0.1f, 0.5f]);
        StochasticSampling sampling = new() { Seed = 8 };
        IAcceptanceRule rule = sampling.CreateRule(kind, 5), scaledRule = sampling.CreateRule(kind, 5);
        DraftTree tree = new(16), scaled = new(16);
        int[] path = new int[16], scaledPath = new int[16];
        for (int run = 0; run < 500; run++)
        {
            tree.Reset(0, 16);
            scaled.Reset(0, 16);
            RandomTree(tree, new Random(run));
            RandomTree(scaled, new Random(run), 8);
            Assert.Equal(rule.Accept(tree, output, run * 16, path), scaledRule.Accept(scaled, output, run * 16, scaledPath));
            Assert.Equal(path, scaledPath);
        }
    }

    /// <summary>
    /// Where target and draft are equal, a failure leaves nothing of either; rounding makes that happen. What was tried stays excluded
    /// then.
    /// </summary>
    [Fact]
    public void Fail_NothingIsLeft_ExcludesAllThatWasTried()
    {
        FixedOutput output = new([0, 1.01f, 2.02f, 3.01f]);
        int[] weights = EnumeratedSampling.Weights(output.Row);
        Assert.DoesNotContain(0, weights);
        DraftTree tree = new(8);
        tree.Reset(0, 8);
        Span<float> row = tree.RentChildDistribution(0, 4);
        for (int id = 0; id < 4; id++)
            row[id] = weights[id];
        Residual<Rational> residual = new(new EnumeratedAcceptance(new(new()), AcceptanceKind.RecursiveRejection, 4));
        residual.Start(0, Rational.One);
        residual.Load(tree, output);
        foreach (int tokenId in new[] { 2, 0, 3 })
        {
            residual.Fail(tree, output, tree.Add(0, tokenId));
            Assert.Equal(Rational.Zero, residual.Target[tokenId]);
        }
        Assert.Equal([Rational.Zero, Rational.One, Rational.Zero, Rational.Zero], residual.Target.ToArray());
    }

    /// <summary>Drafts that the target can never emit, proposed in every way, with the draft's mass mostly there.</summary>
    [Theory]
    [InlineData(AcceptanceKind.RecursiveRejection)]
    [InlineData(AcceptanceKind.Traversal)]
    public void Accept_NeverEmitsATokenOfProbabilityZero(AcceptanceKind kind)
    {
        FixedOutput output = new([0, float.NegativeInfinity, 1, float.NegativeInfinity, 0.5f]);
        IAcceptanceRule rule = new StochasticSampling { Seed = 8, TopK = 2 }.CreateRule(kind, 5); // token 0 falls to the filter
        DraftTree tree = new(16);
        int[] path = new int[16];
        for (int run = 0; run < 5000; run++)
        {
            tree.Reset(0, 16);
            RandomTree(tree, new Random(run));
            Acceptance acceptance = rule.Accept(tree, output, run * 16, path);
            Assert.True(acceptance.NextTokenId is 2 or 4);
            Assert.All(path[1..acceptance.PathLength], node => Assert.True(tree.TokenIds[node] is 2 or 4));
        }
    }

    [Theory]
    [InlineData(AcceptanceKind.RecursiveRejection)]
    [InlineData(AcceptanceKind.Traversal)]
    public void Accept_PointMassesOnly_GivesTheTokensOfTargetMatch(AcceptanceKind kind)
    {
        StochasticSampling sampling = new() { Seed = 4, Temperature = 1.3f };
        FixedOutput output = new(6, 2);
        IAcceptanceRule rule = sampling.CreateRule(kind, 6);
        TargetMatchAcceptance match = new(sampling.CreateChooser(6));
        DraftTree tree = new(12);
        int[] path = new int[12], expectedPath = new int[12];
        for (int run = 0; run < 500; run++)
        {
            tree.Reset(0, 12);
            Random random = new(run);
            while (tree.Room > 0)
                if (random.Next(tree.Count) is int parent && random.Next(6) is int tokenId && tree.FindChild(parent, tokenId) < 0)
                    tree.Add(parent, tokenId);
            Assert.Equal(match.Accept(tree, output, run * 12, expectedPath), rule.Accept(tree, output, run * 12, path));
            Assert.Equal(expectedPath, path);
        }
    }

    [Theory]
    [InlineData(AcceptanceKind.RecursiveRejection)]
    [InlineData(AcceptanceKind.Traversal)]
    public void Accept_AfterWarmUp_AllocatesNothing(AcceptanceKind kind)
    {
        FixedOutput output = new(5, 6);
        IAcceptanceRule rule = new StochasticSampling().CreateRule(kind, 5);
        DraftTree tree = new(16);
        int[] path = new int[16];
        long allocated = 0;
        for (int run = 0; run < 100; run++)
        {
            tree.Reset(0, 16);
            RandomTree(tree, new Random(run % 50));
            long before = GC.GetAllocatedBytesForCurrentThread();
            rule.Accept(tree, output, run * 16, path);
            allocated = run < 50 ? 0 : allocated + GC.GetAllocatedBytesForCurrentThread() - before;
        }
        Assert.Equal(0, allocated);
    }

    [Fact]
    public void Options_ChooseTheRule()
    {
        Sampling sampling = new StochasticSampling();
        Assert.IsType<RecursiveRejectionAcceptance>(sampling.CreateRule(new GenerationOptions().Acceptance, 4));
        Assert.IsType<TraversalAcceptance>(sampling.CreateRule(AcceptanceKind.Traversal, 4));
        Assert.IsType<TargetMatchAcceptance>(Sampling.Greedy.CreateRule(AcceptanceKind.Traversal, 4));
        Assert.Throws<ArgumentOutOfRangeException>(() => new GenerationOptions { Acceptance = (AcceptanceKind)2 });
    }

    /// <summary>Runs a rule on trees of one level; gives each outcome and the first emitted token.</summary>
    static void Run(AcceptanceKind kind, ProposalKind proposal, int children, int runs, Action<Acceptance, int> seen)
    {
        IAcceptanceRule rule = new StochasticSampling { Seed = 17 }.CreateRule(kind, 3);
        FixedOutput output = new([.. Target.Select(probability => MathF.Log(probability))]);
        DraftTree tree = new(4);
        int[] path = new int[4];
        Random random = new(5);
        for (int run = 0; run < runs; run++)
        {
            tree.Reset(0, 4);
            Propose(tree, 0, Draft, proposal, children, random);
            Acceptance acceptance = rule.Accept(tree, output, run * 2, path);
            seen(acceptance, acceptance.PathLength > 1 ? tree.TokenIds[path[1]] : acceptance.NextTokenId);
        }
    }

    static void RandomTree(DraftTree tree, Random random, float scale = 1)
    {
        float[] draft = [0.1f * scale, 0.4f * scale, 0.05f * scale, 0.4f * scale, 0.05f * scale];
        for (int node = 0; node < tree.Count && tree.Room > 3; node++)
            Propose(tree, node, draft, (ProposalKind)random.Next(3), random.Next(node == 0 ? 1 : 0, 4), random);
    }

    static void Propose(DraftTree tree, int node, float[] distribution, ProposalKind kind, int count, Random random)
    {
        float[] residual = [.. distribution];
        if (kind != ProposalKind.PointMass)
            distribution.CopyTo(tree.RentChildDistribution(node, distribution.Length, kind));
        for (; count > 0; count--)
        {
            int tokenId = kind == ProposalKind.PointMass
                ? Array.IndexOf(residual, residual.Max()) : StochasticChooser.Draw(residual, random.NextDouble());
            tree.Add(node, tokenId);
            if (kind != ProposalKind.SampledWithReplacement)
                residual[tokenId] = 0;
        }
    }
}
