using Speculative.Drafters;

namespace Speculative.Tests;

public sealed class DraftModelSequenceTests : IDisposable
{
    readonly DraftModelSequence draft = new(new(new TableModel(30, order: 3, maxContextLength: 20), 30));

    public void Dispose() => draft.Dispose();

    [Fact]
    public void Begin_PathThatTheTargetKept_IsNotEvaluatedAgain()
    {
        Begin(1, 2, 3);
        Assert.Equal(2, draft.Root); // a chain of the whole context: it is short
        int four = draft.Add(draft.Root, 4), five = draft.Add(draft.Root, 5);
        draft.Add(four, 6);
        draft.Add(five, 7);
        draft.Evaluate();
        Begin(1, 2, 3, 5, 7, 8);
        Assert.Equal(0, draft.Root); // 5 and 7 are committed
        CheckRow(1, 2, 3, 5, 7, 8);
    }

    [Fact]
    public void Begin_LeafThatWasNotEvaluated_IsReadInThePassOfTheRoot()
    {
        Begin(1, 2, 3);
        draft.Evaluate();
        Begin(1, 2, 3, 4, 5);
        Assert.Equal(1, draft.Root);
        CheckRow(1, 2, 3, 4, 5);
    }

    [Fact]
    public void Begin_NodesAddedButNotEvaluated_AreNotCommitted()
    {
        Begin(1, 2, 3);
        draft.Evaluate();
        draft.Add(draft.Root, 4);
        Begin(1, 2, 3, 4, 5);
        Assert.Equal(1, draft.Root);
        CheckRow(1, 2, 3, 4, 5);
    }

    [Fact]
    public void Begin_OtherContext_StartsAnew()
    {
        Begin(1, 2, 3, 4, 5, 6, 7, 8);
        draft.Evaluate();
        Begin(1, 2, 3, 4, 5, 9, 7, 8); // the model sees three tokens: the other one must be among them
        CheckRow(1, 2, 3, 4, 5, 9, 7, 8);
    }

    [Fact]
    public void Begin_ContextBeyondTheDraftModels_GivesUpAndComesBack()
    {
        int[] twenty = [.. Enumerable.Range(1, 20)];
        Begin(twenty);
        Assert.Equal(0, draft.Room);
        CheckRow(twenty);
        Assert.False(draft.Begin([.. twenty, 21]));
        Assert.Equal(0, draft.Room);
        draft.Start([1]);
        Begin(1, 2);
        CheckRow(1, 2);
    }

    [Fact]
    public void Start_PromptThatBeginsAsTheContextDid_KeepsWhatWasRead()
    {
        Begin(1, 2, 3, 4, 5, 6, 7, 8);
        draft.Add(draft.Root, 9);
        draft.Evaluate();
        draft.Start([1, 2, 3, 4, 5, 6, 9, 10]);
        Begin(1, 2, 3, 4, 5, 6, 9, 10);
        Assert.Equal(1, draft.Root); // 1 to 6 are there still
        CheckRow(1, 2, 3, 4, 5, 6, 9, 10);
    }

    /// <summary>Nothing is left to read at the first draft, whatever the target had kept of the conversation.</summary>
    /// <remarks>Few enough tokens are missing that the first draft would make a chain of them.</remarks>
    [Theory]
    [InlineData(0, 4)] // a new drafter: what the target keeps was never shown to it
    [InlineData(4, 9)]
    public void Observe_PiecesOfAContinuedPrompt_ReadsThePromptFromWhereItIs(int known, int length)
    {
        int[] prompt = [.. Enumerable.Range(1, length)];
        if (known > 0)
        {
            Begin(prompt[..(known + 1)]);
            draft.Evaluate();
            Begin(prompt[..(known + 2)]);
        }
        draft.Start(prompt);
        DraftTree piece = new(1); // the target reads the last but one itself
        piece.Reset(length - 1, 1);
        draft.Observe(new VerifiedStep(piece, new FixedOutput(new float[30]), [0], length));
        Begin(prompt);
        Assert.Equal(0, draft.Root); // the others are there
        CheckRow(prompt);
    }

    void Begin(params int[] context) => Assert.True(draft.Begin(context));

    void CheckRow(params int[] context) =>
        Assert.Equal(new TableModel(30, order: 3).Greedy(context, 1)[0], draft.Evaluate().ArgMax(draft.Root));
}
