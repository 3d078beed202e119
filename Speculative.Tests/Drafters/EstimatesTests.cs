using Speculative.Drafters;

namespace Speculative.Tests;

/// <summary>What drafters expect of their drafts where they count instead of asking a draft model.</summary>
public sealed class EstimatesTests
{
    [Fact]
    public void CountedRate_BeginsAtThePriorAndFollowsTheChains()
    {
        CountedRate rate = new(0.5);
        Assert.Equal(0.5 + 0.25 + 0.125, rate.ExpectedOfChain(3), 12);
        rate.CountChain(drafted: 4, accepted: 3); // three of four
        rate.CountChain(drafted: 3, accepted: 3); // three of three: nothing was rejected
        rate.CountChain(drafted: 5, accepted: 0); // none of one: what follows was not judged
        Assert.Equal((4 + 6) / 16.0, rate.Value, 12);
        rate.Clear();
        Assert.Equal(0.5, rate.Value, 12);
    }

    [Fact]
    public void CountedRanks_BeginAtThePriorAndFollowTheCounts()
    {
        CountedRanks ranks = new([0.5, 0.25]);
        Assert.Equal(0.25, ranks[1], 12);
        for (int i = 0; i < 64; i++)
            ranks.Count(i % 2 == 0 ? 1 : -1);
        Assert.Equal((32 + 0.0) / 128, ranks[0], 12);
        Assert.Equal((16 + 32.0) / 128, ranks[1], 12);
        ranks.Clear();
        Assert.Equal(0.5, ranks[0], 12);
    }

    [Fact]
    public void ShareAcceptance_BeginsAtItsPriorAndFollowsTheCounts()
    {
        ShareAcceptance greedy = new(null), drawn = new(null, ProposalKind.SampledWithoutReplacement);
        Assert.Equal(0.35, greedy[0.35, 0], 12);
        Assert.Equal(0.675, drawn[0.35, 0], 12); // half-way to 1
        Assert.Equal(0.35, drawn[0.35, 1], 12);
        for (int i = 0; i < 4; i++)
            greedy.Count(0.31, 5, kept: i == 0); // the third child and all after it are one place
        Assert.Equal((0.35 * 4 + 1) / 8, greedy[0.35, 2], 12);
        Assert.Equal(0.35, greedy[0.35, 1], 12);
        ShareAcceptance measured = new(greedy.Rates);
        Assert.Equal((0.35 * 4 + 1) / 8, measured[0.39, 2], 12); // a measured prior is one number a tenth
        greedy.Clear();
        Assert.Equal(0.35, greedy[0.35, 2], 12);
        Assert.Throws<ArgumentException>(() => new DrafterSettings { VocabularySize = 4, ShareAcceptance = [0.5] });
        Assert.Throws<ArgumentException>(() => new ShareAcceptance([.. Enumerable.Repeat(1.5, 30)]));
    }

    /// <summary>Over a long output, what was counted foretells what happens.</summary>
    [Theory]
    [InlineData("prompt-lookup")]
    [InlineData("token-recycling")]
    [InlineData("speculative-sampling")]
    public void CountingDrafters_LongOutput_ExpectWhatComes(string drafter)
    {
        TableModel target = new(8, order: 2, maxContextLength: 4096), draft = new(8, order: 1, maxContextLength: 4096);
        DrafterSettings settings = new() { VocabularySize = 8, NodeBudget = 6, DraftModel = draft };
        using SpeculativeSession session = new SpeculativeEngine(target, DrafterCatalog.CreateFactory(drafter, settings))
            .StartSession([1, 2, 3], new() { MaxNewTokens = 3000, Sampling = new StochasticSampling { Temperature = 1.5f, Seed = 5 } });
        session.Generate();
        Assert.InRange(session.Statistics.MeanExpectedTokens / session.Statistics.MeanAcceptedTokens, 0.9, 1.1);
    }
}
