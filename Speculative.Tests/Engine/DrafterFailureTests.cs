namespace Speculative.Tests;

/// <summary>A drafter that fails loses what it has not drafted yet, never the output.</summary>
public sealed class DrafterFailureTests
{
    static readonly int[] Prompt = [3, 1, 4, 1, 5];
    readonly TableModel model = new(26);

    [Fact]
    public void Drafter_ThatThrows_LosesNoOutput()
    {
        int calls = 0;
        ScriptedDrafter drafter = new((_, tree) =>
        {
            tree.Add(0, 1);
            if (calls++ % 2 == 0)
                throw new InvalidOperationException("broken");
        })
        { OnObserve = () => throw new InvalidOperationException("broken too") };
        using var session = Start(drafter, new() { MaxNewTokens = 25 });
        Assert.Equal(model.Greedy(Prompt, 25), session.Generate().ToArray());
        Assert.InRange(session.Statistics.DraftFailures, 25, 60);
    }

    /// <summary>Two tokens, equally likely for both: dropping the draws after which the drafter throws would halve their share.</summary>
    [Fact]
    public void Drafter_ThatThrowsAfterSomeDraws_KeepsTheDistribution()
    {
        using FixedModel target = new([0, 0]);
        const int requests = 4000;
        int zeros = 0;
        for (int request = 0; request < requests; request++)
        {
            Random random = new(request);
            ScriptedDrafter drafter = new((_, tree) =>
            {
                tree.RentChildDistribution(0, 2).Fill(0.5f);
                if (tree.TokenIds[tree.Add(0, random.Next(2))] == 0)
                    throw new InvalidOperationException("broken");
            });
            using var session = new SpeculativeEngine(target, _ => drafter).StartSession(
                [1], new() { MaxNewTokens = 2, Sampling = new StochasticSampling { Seed = (ulong)request } });
            zeros += session.Generate()[0] == 0 ? 1 : 0;
        }
        Assert.InRange(zeros, requests / 2 - 160, requests / 2 + 160); // five standard deviations
    }

    [Fact]
    public void Drafter_ThatThrows_HasChecked_WhatItDraftedBefore()
    {
        ScriptedDrafter drafter = new((context, tree) =>
        {
            if (tree.Room > 0)
                tree.Add(0, model.Greedy(context, 1)[0]);
            throw new InvalidOperationException("broken");
        });
        using var session = Start(drafter, new() { MaxNewTokens = 24 });
        Assert.Equal(model.Greedy(Prompt, 24), session.Generate().ToArray());
        Assert.Equal((12, 12), (session.Statistics.AcceptedTokens, session.Statistics.DraftFailures));
    }

    [Fact]
    public void Drafter_WithDistributionsOverAnotherVocabulary_LosesOnlyItsDraft()
    {
        ScriptedDrafter drafter = new((_, tree) => tree.RentChildDistribution(0, 27).Fill(1));
        using var session = Start(drafter, new() { MaxNewTokens = 10, Sampling = new StochasticSampling { Seed = 1 } });
        using var plain = new SpeculativeEngine(model, NullDrafter.Factory).StartSession(
            Prompt, new() { MaxNewTokens = 10, Sampling = new StochasticSampling { Seed = 1 } });
        Assert.Equal(plain.Generate().ToArray(), session.Generate().ToArray());
        Assert.Equal(10, session.Statistics.DraftFailures);
    }

    [Fact]
    public void Dispose_OfADrafterThatThrows_StillClosesTheSequence()
    {
        ScriptedDrafter drafter = new((_, _) => { }) { OnDispose = () => throw new InvalidOperationException("no end") };
        SpeculativeSession session = Start(drafter, new());
        Assert.Throws<InvalidOperationException>(session.Dispose);
        Assert.Equal(0, model.OpenSequences);
    }

    /// <summary>A token that the target does not know.</summary>
    [Fact]
    public void Drafter_WithAnUnknownToken_LosesOnlyItsDraft()
    {
        ScriptedDrafter drafter = new((_, tree) =>
        {
            if (tree.Room > 0)
                tree.Add(0, 26);
        });
        using var session = Start(drafter, new() { MaxNewTokens = 25 });
        Assert.Equal(model.Greedy(Prompt, 25), session.Generate().ToArray());
        Assert.Equal((24, 0), (session.Statistics.DraftFailures, session.Statistics.DraftedTokens)); // the last token has no draft
    }

    [Fact]
    public void Drafter_ThatThrowsAtTheStart_LosesNoOutput()
    {
        ScriptedDrafter drafter = new((_, _) => { }) { OnStart = () => throw new InvalidOperationException("no start") };
        using var session = Start(drafter, new() { MaxNewTokens = 30 });
        Assert.Equal(model.Greedy(Prompt, 30), session.Generate().ToArray());
        Assert.Equal(1, session.Statistics.DraftFailures);
    }

    SpeculativeSession Start(IDrafter drafter, GenerationOptions options) =>
        new SpeculativeEngine(model, _ => drafter).StartSession(Prompt, options);
}
