using System.Text;

namespace Speculative.Tests;

/// <summary>A step that fails leaves the session as it was before: cache, output, stop conditions.</summary>
public sealed class FailedStepTests
{
    static readonly int[] Prompt = [3, 1, 4, 1, 5];
    readonly TableModel model = new(26);

    [Fact]
    public void NonFiniteLogits_ThrowAndLeaveTheSequenceAsItWas()
    {
        TableModel broken = new(26) { BreaksAtLength = Prompt.Length + 3 };
        using var session = new SpeculativeEngine(broken, _ => ScriptedDrafter.Oracle(model, 6)).StartSession(Prompt);
        Assert.Throws<NonFiniteLogitsException>(() => session.Generate());
        Assert.Equal(Prompt.Length - 1, session.CommittedLength);
        Assert.Empty(session.OutputTokenIds.ToArray());
    }

    /// <summary>A stop string that began before the failed step, a token budget, random numbers: nothing has moved.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(4)]
    public void Commit_ThatFails_LeavesTheSessionWhereItWas(int stepsBefore)
    {
        StochasticSampling sampling = new() { Seed = 1 };
        SpeculativeEngine engine = new(model, _ => ScriptedDrafter.RandomTrees(model, 1), new Letters());
        using var plain = engine.StartSession(Prompt, new() { MaxNewTokens = 12, Sampling = sampling });
        string stop = string.Concat(plain.Generate()[4..8].ToArray().Select(tokenId => (char)('a' + tokenId)));
        GenerationOptions options = new() { MaxNewTokens = 12, Sampling = sampling, StopStrings = [stop] };
        using var expected = engine.StartSession(Prompt, options);
        using var session = engine.StartSession(Prompt, options);
        for (int step = 0; step < stepsBefore; step++)
            session.Step(TestContext.Current.CancellationToken);
        model.CommitsToFail = 1;
        if (session.FinishReason == FinishReason.None)
            Assert.Throws<InvalidOperationException>(() => session.Step(TestContext.Current.CancellationToken).Length);
        model.CommitsToFail = 0;
        Assert.Equal(expected.Generate().ToArray(), session.Generate().ToArray());
        Assert.Equal((FinishReason.StopString, FinishReason.StopString), (expected.FinishReason, session.FinishReason));
    }

    sealed class Letters : ITokenDecoder
    {
        static readonly byte[] Bytes = Encoding.ASCII.GetBytes("abcdefghijklmnopqrstuvwxyz");

        public ReadOnlySpan<byte> Decode(int tokenId) => Bytes.AsSpan(tokenId, 1);
    }
}
