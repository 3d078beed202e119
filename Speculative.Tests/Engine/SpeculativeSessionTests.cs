using System.Text;

namespace Speculative.Tests;

public sealed class SpeculativeSessionTests
{
    static readonly int[] Prompt = [3, 1, 4, 1, 5];
    readonly TableModel model = new(26);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(int.MaxValue)]
    public void Generate_WhateverIsDrafted_EqualsPlainGreedy(int errorEvery)
    {
        using var session = Start(ScriptedDrafter.Oracle(model, 6, errorEvery), new() { MaxNewTokens = 60 });
        Assert.Equal(model.Greedy(Prompt, 60), session.Generate().ToArray());
        Assert.Equal(FinishReason.TokenBudget, session.FinishReason);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Generate_RandomTrees_EqualPlainSamplingAtTheSeed(int seed)
    {
        GenerationOptions options = new()
        {
            MaxNewTokens = 80,
            Sampling = new StochasticSampling { Temperature = 0.8f, TopP = 0.9f, Seed = (ulong)seed },
        };
        using var plain = Start(new NullDrafter(), options);
        using var drafted = Start(ScriptedDrafter.RandomTrees(model, seed), options);
        Assert.Equal(plain.Generate().ToArray(), drafted.Generate().ToArray());
        Assert.True(drafted.Statistics.AcceptedTokens > 0);
    }

    [Fact]
    public void Step_PerfectDraft_IsAcceptedWholeWithABonusToken()
    {
        using var session = Start(ScriptedDrafter.Oracle(model, 4), new() { MaxNewTokens = 10 });
        Assert.Equal(model.Greedy(Prompt, 5), session.Step().ToArray());
        Assert.Equal([TokenOrigin.Draft, TokenOrigin.Draft, TokenOrigin.Draft, TokenOrigin.Draft, TokenOrigin.Bonus],
            session.OutputOrigins.ToArray());
        session.Step();
        Assert.Empty(session.Step().ToArray());
        SpeculationStatistics statistics = session.Statistics;
        Assert.Equal((2, 10, 5.0, 8),
            (statistics.Steps, statistics.EmittedTokens, statistics.MeanAcceptedTokens, statistics.AcceptedTokens));
    }

    [Fact]
    public void Statistics_SumWhatTheDrafterExpects()
    {
        ScriptedDrafter oracle = ScriptedDrafter.Oracle(model, 4);
        ScriptedDrafter drafter = new((context, tree) =>
        {
            oracle.Draft(context, tree);
            tree.ExpectedAcceptedLength = context.Length > Prompt.Length ? 1.5 : 2;
        });
        using var session = Start(drafter, new() { MaxNewTokens = 15 });
        session.Generate();
        Assert.Equal((3, 5.0, 4.0), (session.Statistics.Steps, session.Statistics.ExpectedAcceptedTokens, session.Statistics.MeanDepth));
        Assert.Equal(1 + 5.0 / 3, session.Statistics.MeanExpectedTokens, 12);
    }

    /// <summary>What a step reads is not taken away under it.</summary>
    [Fact]
    public async Task Dispose_DuringAStep_WaitsForItsEnd()
    {
        using ManualResetEventSlim drafting = new(), goOn = new();
        ScriptedDrafter drafter = new((_, _) =>
        {
            drafting.Set();
            goOn.Wait();
        });
        SpeculativeSession session = new SpeculativeEngine(model, _ => drafter).StartSession(Prompt);
        Task<int> step = Task.Run(() => session.Step().Length);
        drafting.Wait(TestContext.Current.CancellationToken);
        Task disposal = Task.Run(session.Dispose);
        await Task.Delay(50, TestContext.Current.CancellationToken);
        Assert.False(disposal.IsCompleted);
        goOn.Set();
        await disposal;
        Assert.Equal(1, await step);
        Assert.True(drafter.Disposed);
        Assert.Throws<ObjectDisposedException>(() => session.Step());
        Assert.Throws<ObjectDisposedException>(() => session.Continue(Prompt));
    }

    [Fact]
    public void Statistics_CountPerDepth()
    {
        using var session = Start(ScriptedDrafter.Oracle(model, 4, errorEvery: 3), new() { MaxNewTokens = 9 });
        session.Generate();
        SpeculationStatistics statistics = session.Statistics;
        Assert.Equal((3, 12, 6, 9), (statistics.Steps, statistics.DraftedTokens, statistics.AcceptedTokens, statistics.EmittedTokens));
        Assert.Equal((0.5, 3.0, 4), (statistics.AcceptanceRate, statistics.MeanAcceptedTokens, statistics.MaxDepth));
        Assert.Equal([1.0, 1.0, 0.0, 0.0], [.. Enumerable.Range(1, 4).Select(statistics.AcceptanceAtDepth)]);
        Assert.True(statistics.Time(StepPhase.Evaluate) > TimeSpan.Zero && statistics.StepTime >= statistics.Time(StepPhase.Evaluate));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(7)]
    public void StopToken_EndsTheOutputAndTheCacheHoldsJustThat(int at)
    {
        int[] plain = model.Greedy(Prompt, 40);
        int stop = plain[at], length = Array.IndexOf(plain, stop) + 1;
        using var session = Start(ScriptedDrafter.Oracle(model, 9), new() { StopTokenIds = [99, stop] });
        Assert.Equal(plain[..length], session.Generate().ToArray());
        Assert.Equal(FinishReason.StopToken, session.FinishReason);
        Assert.Equal(Prompt.Length + length - 1, session.CommittedLength);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(12)]
    public void TokenBudget_IsNeverExceeded(int budget)
    {
        using var session = Start(ScriptedDrafter.Oracle(model, 9), new() { MaxNewTokens = budget });
        Assert.Equal(model.Greedy(Prompt, budget), session.Generate().ToArray());
        Assert.Equal((FinishReason.TokenBudget, Prompt.Length + budget - 1), (session.FinishReason, session.CommittedLength));
    }

    [Theory]
    [InlineData(6)]
    [InlineData(8)]
    [InlineData(20)]
    public void ContextLimit_EndsDraftedAndPlainOutputAtTheSameToken(int context)
    {
        TableModel small = new(26, maxContextLength: context);
        IDrafter[] drafters = [new NullDrafter(), ScriptedDrafter.Oracle(small, 9), ScriptedDrafter.RandomTrees(small, 3)];
        foreach (IDrafter drafter in drafters)
        {
            using var session = new SpeculativeEngine(small, _ => drafter).StartSession(Prompt);
            Assert.Equal(small.Greedy(Prompt, context - Prompt.Length + 1), session.Generate().ToArray());
            Assert.Equal((FinishReason.ContextLimit, context), (session.FinishReason, session.CommittedLength));
        }
    }

    [Fact]
    public void Prompt_AsLongAsTheContext_GivesOneToken()
    {
        TableModel small = new(26, maxContextLength: Prompt.Length);
        using var session = new SpeculativeEngine(small, NullDrafter.Factory).StartSession(Prompt);
        Assert.Equal(small.Greedy(Prompt, 1), session.Generate().ToArray());
        Assert.Equal(FinishReason.ContextLimit, session.FinishReason);
    }

    [Fact]
    public void Cancellation_EndsQuietlyAndCanBeResumed()
    {
        using CancellationTokenSource source = new();
        ScriptedDrafter drafter = new((_, _) => { }) { OnObserve = source.Cancel };
        using var session = Start(drafter, new() { MaxNewTokens = 20 }, [.. Enumerable.Repeat(Prompt, 80).SelectMany(p => p)]);
        Assert.Empty(session.Step(source.Token).ToArray());
        Assert.Equal((FinishReason.Cancelled, 1), (session.FinishReason, drafter.Observed));
        Assert.InRange(session.CommittedLength, 1, 399);
        Assert.Equal(20, session.Generate().Length);
        Assert.Equal(FinishReason.TokenBudget, session.FinishReason);
        Assert.Equal(session.OutputTokenIds.ToArray(), model.Greedy([.. Enumerable.Repeat(Prompt, 80).SelectMany(p => p)], 20));
    }

    [Fact]
    public void Drafter_SeesThePromptAsChainsAndThenEveryStep()
    {
        ScriptedDrafter drafter = ScriptedDrafter.Oracle(model, 3);
        int[] prompt = [.. Enumerable.Range(0, 300).Select(i => i % 26)];
        using var session = Start(drafter, new() { MaxNewTokens = 30 }, prompt);
        session.Generate();
        int[] all = [.. prompt, .. session.OutputTokenIds];
        Assert.Equal(all[..^1], drafter.ObservedTokens);
    }

    [Fact]
    public void Drafter_BeforeTheLastToken_IsGivenNoRoom()
    {
        List<int> room = [];
        using var session = Start(new ScriptedDrafter((_, tree) => room.Add(tree.Room)), new() { MaxNewTokens = 3 });
        Assert.Equal(model.Greedy(Prompt, 3), session.Generate().ToArray());
        Assert.Equal([true, true, false], room.Select(left => left > 0));
    }

    [Fact]
    public void StartSession_ThatThrows_DisposesItsDrafter()
    {
        ScriptedDrafter drafter = new((_, _) => { });
        SpeculativeEngine engine = new(model, _ => drafter, new Letters());
        Assert.Throws<ArgumentException>(() => engine.StartSession(Prompt, new() { StopStrings = [""] }));
        Assert.True(drafter.Disposed);
    }

    /// <summary>An accepted draft that ends the output is the next token, not on the path: it counts at its depth all the same.</summary>
    [Fact]
    public void Statistics_AtAStop_CountTheDraftThatEndsTheOutput()
    {
        using var session = Start(ScriptedDrafter.Oracle(model, 4), new() { MaxNewTokens = 7 });
        session.Generate();
        SpeculationStatistics statistics = session.Statistics;
        Assert.Equal((2, 6), (statistics.Steps, statistics.AcceptedTokens)); // 5 tokens, then 2 of the 5 that the second draft gives
        Assert.Equal(6, Enumerable.Range(1, 4).Sum(statistics.AcceptedAtDepth));
    }

    [Fact]
    public async Task GenerateAsync_Abandoned_GoesOnWhereItLeftOff()
    {
        using var session = Start(ScriptedDrafter.Oracle(model, 6, 4), new() { MaxNewTokens = 30 });
        List<int> tokens = [];
        for (int pause = 1; pause < 40; pause++)
            await foreach (GeneratedToken token in session.GenerateAsync(TestContext.Current.CancellationToken))
            {
                tokens.Add(token.TokenId);
                Assert.InRange(session.CommittedLength, Prompt.Length, Prompt.Length + 29);
                if (tokens.Count % pause == 0)
                    break;
            }
        Assert.Equal(model.Greedy(Prompt, 30), tokens);
    }

    [Theory]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(20)]
    public async Task StopString_AcrossTokens_CutsTextAndTokens(int at)
    {
        int[] plain = model.Greedy(Prompt, 40);
        string full = string.Concat(plain.Select(Letters.Name)), stop = full[at..(at + 4)];
        using var session = new SpeculativeEngine(model, _ => ScriptedDrafter.Oracle(model, 7), new Letters())
            .StartSession(Prompt, new() { MaxNewTokens = 40, StopStrings = ["#", stop] });
        StringBuilder text = new();
        await foreach (GeneratedToken token in session.GenerateAsync(TestContext.Current.CancellationToken))
            text.Append(token.Text);
        int start = full.IndexOf(stop, StringComparison.Ordinal);
        Assert.Equal(full[..start], text.ToString());
        Assert.Equal((FinishReason.StopString, (start + stop.Length + 1) / 2), (session.FinishReason, session.OutputTokenIds.Length));
        Assert.Equal(Prompt.Length + session.OutputTokenIds.Length - 1, session.CommittedLength);
    }

    [Fact]
    public void Step_AfterWarmUp_AllocatesNothing()
    {
        GenerationOptions options = new()
        {
            MaxNewTokens = 300,
            StopStrings = ["\u0001"],
            Sampling = new StochasticSampling { TopP = 0.9f, TopK = 20 },
        };
        using var session = Start(new NullDrafter(), options, decoder: new Letters());
        for (int i = 0; i < 20; i++)
            session.Step();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 200; i++)
            session.Step();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(220, session.OutputTokenIds.Length);
    }

    [Fact]
    public void StartSession_BadArguments_Throw()
    {
        SpeculativeEngine engine = new(model, NullDrafter.Factory);
        Assert.Throws<ArgumentException>(() => engine.StartSession([]));
        Assert.Throws<ArgumentOutOfRangeException>(() => engine.StartSession([1, 26]));
        Assert.Throws<ArgumentOutOfRangeException>(() => engine.StartSession([-1]));
        Assert.Throws<ContextOverflowException>(() => engine.StartSession(new int[513]));
        Assert.Throws<ArgumentException>(() => engine.StartSession([1], new() { StopStrings = ["x"] }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new GenerationOptions { MaxNewTokens = 0 });
        Assert.Equal(0, model.OpenSequences);
    }

    [Fact]
    public void Dispose_ReleasesSequenceAndDrafter()
    {
        ScriptedDrafter drafter = new((_, _) => { });
        Start(drafter, new()).Dispose();
        Assert.True(drafter.Disposed);
        Assert.Equal(0, model.OpenSequences);
    }

    SpeculativeSession Start(IDrafter drafter, GenerationOptions options, int[]? prompt = null, ITokenDecoder? decoder = null) =>
        new SpeculativeEngine(model, _ => drafter, decoder).StartSession(prompt ?? Prompt, options);

    /// <summary>Token i is two letters: "aA", "bB", and so on.</summary>
    sealed class Letters : ITokenDecoder
    {
        readonly byte[][] bytes = [.. Enumerable.Range(0, 26).Select(i => Encoding.UTF8.GetBytes(Name(i)))];

        public static string Name(int tokenId) => $"{(char)('a' + tokenId)}{(char)('A' + tokenId)}";

        public ReadOnlySpan<byte> Decode(int tokenId) => bytes[tokenId];
    }
}
