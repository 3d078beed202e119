namespace Speculative.Tests;

public sealed class ContinuedSessionTests
{
    static readonly int[] Prompt = [3, 1, 4, 1, 5];
    readonly TableModel model = new(26);
    readonly List<ScriptedDrafter> drafters = [];

    /// <summary>How many tokens of the answer the next prompt repeats, and how many tokens of all it shares with the cache.</summary>
    [Theory]
    [InlineData(20, 24)] // the last token was emitted, not read
    [InlineData(19, 24)]
    [InlineData(12, 17)]
    [InlineData(0, 5)]
    [InlineData(-2, 3)] // an earlier turn was edited
    public void Continue_PromptThatRepeatsTheConversation_ReadsOnlyTheRest(int repeated, int kept)
    {
        foreach (Sampling sampling in (Sampling[])[Sampling.Greedy, new StochasticSampling { Temperature = 0.8f, Seed = 3 }])
        {
            GenerationOptions options = new() { MaxNewTokens = 20, Sampling = sampling };
            SpeculativeSession first = Engine().StartSession(Prompt, options);
            int[] answer = first.Generate().ToArray(), prompt = [.. ((int[])[.. Prompt, .. answer])[..(5 + repeated)], 25, 25, 24];
            using SpeculativeSession next = first.Continue(prompt), fresh = Engine().StartSession(prompt, options);
            Assert.Equal(kept, next.CommittedLength);
            Assert.Equal(fresh.Generate().ToArray(), next.Generate().ToArray());
            Assert.Equal(answer, first.OutputTokenIds.ToArray());
            Assert.Equal(20, next.Statistics.EmittedTokens);
        }
    }

    [Fact]
    public void Continue_PromptThatTheCacheHoldsWhole_ReadsItsLastTokenAgain()
    {
        SpeculativeSession first = Engine().StartSession(Prompt, new() { MaxNewTokens = 20 });
        first.Generate();
        using SpeculativeSession next = first.Continue(Prompt, new() { MaxNewTokens = 30 });
        Assert.Equal(4, next.CommittedLength);
        Assert.Equal(model.Greedy(Prompt, 30), next.Generate().ToArray());
    }

    [Fact]
    public void Continue_SessionThatWasCancelledWhileReading_GoesOnFromThere()
    {
        using CancellationTokenSource source = new();
        source.Cancel();
        SpeculativeSession first = Engine().StartSession(Prompt);
        first.Step(source.Token);
        using SpeculativeSession next = first.Continue([.. Prompt, 9], new() { MaxNewTokens = 10 });
        Assert.Equal(0, next.CommittedLength);
        Assert.Equal(model.Greedy([.. Prompt, 9], 10), next.Generate().ToArray());
    }

    [Fact]
    public void Continue_BadArguments_LeaveTheSessionAsItWas()
    {
        using SpeculativeSession session = Engine().StartSession(Prompt, new() { MaxNewTokens = 20 });
        session.Step();
        Assert.Throws<ArgumentException>(() => session.Continue([]));
        Assert.Throws<ArgumentOutOfRangeException>(() => session.Continue([26]));
        Assert.Throws<ContextOverflowException>(() => session.Continue(new int[513]));
        Assert.Throws<ArgumentException>(() => session.Continue([1], new() { StopStrings = ["x"] }));
        Assert.Equal(model.Greedy(Prompt, 20), session.Generate().ToArray());
    }

    [Fact]
    public void Continue_EndsTheSession()
    {
        SpeculativeSession first = Engine().StartSession(Prompt);
        using (SpeculativeSession next = first.Continue([.. Prompt, 9]))
        {
            Assert.Throws<ObjectDisposedException>(() => first.Step());
            Assert.Throws<ObjectDisposedException>(() => first.Continue(Prompt));
            first.Dispose();
            Assert.NotEmpty(next.Step().ToArray());
        }
        Assert.Equal(0, model.OpenSequences);
        Assert.All(drafters, drafter => Assert.True(drafter.Disposed));
    }

    /// <summary>A drafter that draws was created for one way of sampling.</summary>
    [Fact]
    public void Continue_KeepsTheDrafterWhileTheSamplingStays()
    {
        SpeculativeSession session = Engine().StartSession(Prompt);
        session = session.Continue([.. Prompt, 9], new() { MaxNewTokens = 3 });
        Assert.Single(drafters);
        session = session.Continue([.. Prompt, 9], new() { Sampling = new StochasticSampling { Seed = 1 } });
        Assert.Equal(2, drafters.Count);
        Assert.True(drafters[0].Disposed);
        session.Generate();
        session = session.Continue([.. Prompt, 9], new() { Sampling = new StochasticSampling { Seed = 2 } });
        Assert.Equal(2, drafters.Count); // another seed is no other way for point masses
        session.Dispose();
        Assert.True(drafters[1].Disposed);
    }

    /// <summary>Draws at one seed would tie the answers of several seeds together.</summary>
    [Fact]
    public void Continue_ADrafterThatDraws_IsMadeAnewForAnotherSeed()
    {
        List<ScriptedDrafter> made = [];
        SpeculativeEngine engine = new(model, _ =>
        {
            made.Add(new((_, tree) =>
            {
                tree.RentChildDistribution(0, 26).Fill(1 / 26f);
                tree.Add(0, 7);
            }));
            return made[^1];
        });
        GenerationOptions options = new() { MaxNewTokens = 4, Sampling = new StochasticSampling { Seed = 1 } };
        SpeculativeSession session = engine.StartSession(Prompt, options);
        session.Generate();
        session = session.Continue([.. Prompt, 9]);
        Assert.Single(made);
        session.Generate();
        using SpeculativeSession last = session.Continue([.. Prompt, 9], options with { Sampling = new StochasticSampling { Seed = 2 } });
        Assert.Equal(2, made.Count);
    }

    SpeculativeEngine Engine() => new(model, _ =>
    {
        drafters.Add(ScriptedDrafter.RandomTrees(model, 5));
        return drafters[^1];
    });
}
