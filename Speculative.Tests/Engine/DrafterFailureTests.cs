namespace Speculative.Tests;

/// <summary>A drafter that fails loses its drafts, never the output.</summary>
public sealed class DrafterFailureTests
{
    static readonly int[] Prompt = [3, 1, 4, 1, 5];
    readonly TableModel model = new(26);

    [Fact]
    public void Drafter_ThatThrows_LosesOnlyItsDraft()
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

    /// <summary>A token that the target does not know: the target refuses the tree.</summary>
    [Fact]
    public void Drafter_WhoseTreeIsRefused_LosesOnlyItsDraft()
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
