using Speculative.Drafters;

namespace Speculative.Tests;

public sealed class PaddedOutputTests
{
    /// <summary>A draft of three tokens for a target of five: the target's last two have no chance.</summary>
    [Fact]
    public void ShorterDraft_TheTargetsOwnTokensComeLast()
    {
        IModelOutput output = new PaddedOutput(3, 5).Show(new FixedOutput([1f, 3f, 2f]));
        float[] row = new float[5];
        output.CopyLogits(0, row);
        Assert.Equal([1f, 3f, 2f, float.NegativeInfinity, float.NegativeInfinity], row);
        Assert.Equal((5, 1), (output.VocabularySize, output.ArgMax(0)));
        Assert.Equal([1, 2, 0, 3, 4], TopK(output, 5));
    }

    /// <summary>A draft of five tokens for a target of three: its own last two are left out, though they are its likeliest.</summary>
    [Fact]
    public void LongerDraft_ItsOwnTokensAreLeftOut()
    {
        IModelOutput output = new PaddedOutput(5, 3).Show(new FixedOutput([1f, 3f, 2f, 9f, 8f]));
        float[] row = new float[3];
        output.CopyLogits(0, row);
        Assert.Equal([1f, 3f, 2f], row);
        Assert.Equal((3, 1), (output.VocabularySize, output.ArgMax(0)));
        Assert.Equal([1, 2], TopK(output, 2));
        Assert.Equal([1, 2, 0], TopK(output, 3));
    }

    /// <summary>Every drafter with a draft model of another vocabulary size: it drafts, and the output is plain decoding's.</summary>
    [Theory]
    [InlineData(20, 26)]
    [InlineData(26, 20)]
    public void Generate_PaddedDraft_DraftsAndStaysExact(int targetSize, int draftSize)
    {
        Letters tokens = new(Math.Min(targetSize, draftSize));
        using TableModel target = new(targetSize, order: 1), draft = new(draftSize, order: 1);
        foreach (DrafterEntry entry in DrafterCatalog.Entries.Where(entry => entry.Needs != "nothing"))
        {
            DrafterFactory factory = entry.CreateFactory(
                new() { VocabularySize = targetSize, DraftModel = draft, NodeBudget = 8, TargetTokens = tokens, DraftTokens = tokens });
            using SpeculativeSession session = new SpeculativeEngine(target, factory).StartSession([1, 2, 3], new() { MaxNewTokens = 60 });
            Assert.Equal(target.Greedy([1, 2, 3], 60), session.Generate().ToArray());
            Assert.True(session.Statistics.DraftedTokens > 0, entry.Name);
            Assert.Equal(0, session.Statistics.DraftFailures);
        }
    }

    /// <summary>A context with a token that only the target knows is not drafted for, and no failure.</summary>
    [Fact]
    public void Generate_TokenThatTheDraftHasNotGot_GoesOnWithoutDrafts()
    {
        Letters tokens = new(20);
        using TableModel target = new(26, order: 1), draft = new(20, order: 1);
        DrafterFactory factory = DrafterCatalog.CreateFactory(
            "dyspec", new() { VocabularySize = 26, DraftModel = draft, NodeBudget = 8, TargetTokens = tokens, DraftTokens = tokens });
        using SpeculativeSession session = new SpeculativeEngine(target, factory).StartSession([1, 25, 3], new() { MaxNewTokens = 20 });
        Assert.Equal(target.Greedy([1, 25, 3], 20), session.Generate().ToArray());
        Assert.Equal((0, 0), (session.Statistics.DraftedTokens, session.Statistics.DraftFailures));
    }

    static int[] TopK(IModelOutput output, int count)
    {
        int[] tokenIds = new int[count];
        output.TopK(0, tokenIds);
        return tokenIds;
    }

    /// <summary>So many tokens stand for a letter, all others for nothing.</summary>
    sealed class Letters(int count) : ITokenDecoder
    {
        static readonly byte[] Bytes = "abcdefghijklmnopqrstuvwxyz"u8.ToArray();

        public ReadOnlySpan<byte> Decode(int tokenId) => tokenId < count ? Bytes.AsSpan(tokenId, 1) : [];
    }
}
