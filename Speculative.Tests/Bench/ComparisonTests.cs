using System.Text.Json;
using Speculative.Bench;
using Speculative.Bench.Comparing;
using Speculative.Bench.Output;
using Speculative.Drafters;

namespace Speculative.Tests;

public sealed class ComparisonTests
{
    static readonly Contestant[] Contestants =
    [
        Contestant.Plain,
        BenchFakes.Contestant("few", () => new FewTokensDrafter(12)),
        new("prompt-lookup", () => DrafterCatalog.CreateFactory("prompt-lookup", new() { VocabularySize = BenchFakes.VocabularySize })),
    ];

    static readonly GenerationOptions Options = new() { MaxNewTokens = 40, StopTokenIds = [0] };

    [Fact]
    public void Ask_SeveralTurns_EveryContestantAnswersIdentically()
    {
        using LoadedModel model = BenchFakes.Model();
        Comparison comparison = new(model, Contestants, Options);
        comparison.Ask(new(1, "writing", ["hello there", "and now"]), TestContext.Current.CancellationToken);
        comparison.Ask(new(2, "qa", ["who is it"]), TestContext.Current.CancellationToken);
        Assert.Equal([2, 1], comparison.Measured.Select(question => question.Answers[2].Count));
        IReadOnlyList<Summary> rows = Summary.Of("table", Contestants, comparison.Measured);
        Assert.Equal(["mt_bench", "qa", "all"], rows.Take(3).Select(row => row.Task));
        Assert.All(rows, row => Assert.Equal(row.Questions, row.Identical));
        Assert.All(rows, row => Assert.True(row.TokensPerSecond > 0 && row.Speedup > 0 && row.Seconds >= row.PrefillSeconds));
        Summary plain = rows[2], few = rows[5];
        Assert.Equal((1, 1, 0), (plain.Speedup, plain.MeanAcceptedTokens, plain.Acceptance));
        Assert.Equal(plain.Tokens, few.Tokens);
        Assert.InRange(few.Acceptance, 0.0001, 0.9999);
        Assert.Equal(few.MeanAcceptedTokens - 1, Assert.Single(few.AcceptanceByDepth), 0.1); // but for the last tokens, without a draft
        Assert.Equal((1, 0), (plain.BreakEvenTokens, plain.AcceptanceByDepth.Count));
        Assert.True(few.BreakEvenTokens > 0);
        Assert.Equal(1, plain.DecodingSpeedup);
        Assert.Equal(TokenTime(0) / TokenTime(1), few.DecodingSpeedup, 1e-9);
        Assert.True(few.MeanAcceptedTokens > 1);

        double TokenTime(int contestant)
        {
            IEnumerable<SpeculationStatistics> turns =
                comparison.Measured.SelectMany(question => question.Answers[contestant]).Select(turn => turn.Statistics);
            return turns.Sum(turn => turn.StepTime.TotalSeconds) / turns.Sum(turn => turn.EmittedTokens);
        }
    }

    [Fact]
    public void Ask_SecondTurn_FollowsPlainDecodingsAnswer()
    {
        List<string[]> conversations = [];
        using LoadedModel inner = BenchFakes.Model();
        LoadedModel model = new("spy", inner.Model, Encode, inner.Decoder, [0]);
        Comparison comparison = new(model, Contestants, Options);
        comparison.Ask(new(1, "writing", ["hello", "more"]), TestContext.Current.CancellationToken);
        Assert.Equal(["hello"], conversations[0]);
        Assert.Equal(["hello", model.Decode(comparison.Measured[0].Answers[0][0].TokenIds).Trim(), "more"], conversations[1]);

        int[] Encode(IReadOnlyList<string> turns)
        {
            conversations.Add([.. turns]);
            return inner.Encode(turns);
        }
    }

    [Fact]
    public void AnswerFile_HoldsEveryTurnsPromptAndPlainAnswer()
    {
        using LoadedModel model = BenchFakes.Model();
        Comparison comparison = new(model, Contestants, Options);
        comparison.Ask(new(7, "writing", ["hello", "more"]), TestContext.Current.CancellationToken);
        string path = Path.GetTempFileName();
        try
        {
            AnswerFile.Write(path, comparison.Measured);
            var turns = File.ReadLines(path).Select(line => JsonDocument.Parse(line).RootElement).ToArray();
            Assert.Equal([(7, 1), (7, 2)],
                turns.Select(turn => (turn.GetProperty("question_id").GetInt32(), turn.GetProperty("turn").GetInt32())));
            Assert.Equal(model.Encode("hello"), Ids(turns[0], "prompt"));
            Assert.All(turns.Index(),
                turn => Assert.Equal(comparison.Measured[0].Answers[0][turn.Index].TokenIds, Ids(turn.Item, "answer")));
        }
        finally
        {
            File.Delete(path);
        }

        static IEnumerable<int> Ids(JsonElement turn, string name) => turn.GetProperty(name).EnumerateArray().Select(id => id.GetInt32());
    }

    [Fact]
    public void Ask_QuestionThatDoesNotFit_IsSkippedWithALine()
    {
        using LoadedModel model = BenchFakes.Model(maxContextLength: 50);
        Comparison comparison = new(model, Contestants, Options);
        comparison.Ask(new(5, "qa", ["eleven char"]), TestContext.Current.CancellationToken);
        comparison.Ask(new(6, "qa", ["ten chars."]), TestContext.Current.CancellationToken);
        Assert.Equal(
            "Question 5 (qa) is left out: its prompt of 11 tokens and 40 new ones exceed the context of 50.",
            Assert.Single(comparison.Skipped));
        Assert.Equal(6, Assert.Single(comparison.Measured).Question.Id);
    }

    [Fact]
    public void Ask_Cancelled_LeavesNoTrace()
    {
        using LoadedModel model = BenchFakes.Model();
        Comparison comparison = new(model, Contestants, Options);
        comparison.Ask(new(1, "qa", ["who"]), new CancellationToken(canceled: true));
        Assert.Empty(comparison.Measured);
    }

    [Theory]
    [InlineData(new[] { 5, 6, 7 }, 10, new[] { 5, 6, 7 })]
    [InlineData(new[] { 5, 0, 7, 0 }, 10, new[] { 5, 0 })]
    [InlineData(new[] { 5, 6, 7, 0 }, 2, new[] { 5, 6 })]
    [InlineData(new int[0], 2, new int[0])]
    public void Cut_CountsToTheFirstStopTokenWithinTheBudget(int[] output, int budget, int[] counted) =>
        Assert.Equal(counted, MeasuredTurn.Cut(output, Options with { MaxNewTokens = budget }));

    [Theory]
    [InlineData(new[] { 1, 2, 3 }, new[] { 1, 9, 3 }, 1, 2, 9)]
    [InlineData(new[] { 1, 2, 3 }, new[] { 1, 2 }, 2, 3, null)]
    [InlineData(new[] { 1, 2 }, new[] { 1, 2, 3 }, 2, null, 3)]
    public void FindDivergence_DifferentTokens_NamesTheFirst(int[] plain, int[] drafted, int position, int? expected, int? found)
    {
        MeasuredQuestion question = new(new(8, "qa", ["a", "b"]), [[Turn([4]), Turn(plain)], [Turn([4]), Turn(drafted)]]);
        Assert.Null(question.FindDivergence(0));
        Assert.Equal(new Divergence(8, 1, position, expected, found), question.FindDivergence(1));
        Assert.Equal(0, Summary.Of("table", [Contestant.Plain, Contestants[1]], [question])[^1].Identical);
    }

    /// <summary>How near a tie two tokens were: the target's own logits of both, after plain decoding's tokens.</summary>
    [Fact]
    public void Divergence_Logits_AreTheTargetsAtThatPosition()
    {
        TableModel model = new(BenchFakes.VocabularySize);
        int[] prompt = [3, 1, 4], plain = model.Greedy(prompt, 5), drafted = [.. plain[..3], (plain[3] + 1) % BenchFakes.VocabularySize];
        MeasuredQuestion question = new(new(8, "qa", ["a"]), [[Turn(plain)], [Turn(drafted)]]) { Prompts = [prompt] };
        float[] row = new float[BenchFakes.VocabularySize];
        model.Logits([.. prompt, .. plain[..3]], row);
        Assert.Equal((row[plain[3]], row[drafted[3]]), question.FindDivergence(1)!.Logits(model, question));
        Assert.Null(new Divergence(8, 0, 5, null, 3).Logits(model, question));
    }

    /// <summary>A question at which the model gives no numbers is named, leaves no figures and spoils no other's.</summary>
    [Fact]
    public void Ask_ModelFails_IsNamedAndLeftOut()
    {
        using LoadedModel model = BenchFakes.Model();
        using TableModel table = new(BenchFakes.VocabularySize) { BreaksAtLength = 60 };
        LoadedModel broken = new("broken", table, model.Encode, model.Decoder, [0]);
        Comparison comparison = new(broken, Contestants, new() { MaxNewTokens = 8 });
        comparison.Ask(new(1, "qa", [new string('a', 70)]), TestContext.Current.CancellationToken);
        comparison.Ask(new(2, "qa", ["who is it"]), TestContext.Current.CancellationToken);
        Assert.StartsWith("Question 1 (qa) is left out: ", Assert.Single(comparison.Failed), StringComparison.Ordinal);
        Assert.Equal(2, Assert.Single(comparison.Measured).Question.Id);
    }

    /// <summary>Two questions of equal length, one twice as fast, one as fast as plain decoding.</summary>
    [Fact]
    public void SpeedupInterval_HoldsTheSpeedupAndIsAPointWhereAllQuestionsAgree()
    {
        MeasuredTurn plain = Turn([1, 2]), fast = plain with { Time = plain.Time / 2 };
        MeasuredQuestion one = new(new(1, "qa", ["a"]), [[plain], [fast]]), other = new(new(2, "qa", ["a"]), [[plain], [plain]]);
        Summary both = Of(one, other), same = Of(one, one with { Question = new(3, "qa", ["a"]) });
        Assert.Equal(4.0 / 3, both.Speedup, 12);
        Assert.Equal([1.0, 2.0], both.SpeedupInterval);
        Assert.Equal([2.0, 2.0], same.SpeedupInterval);

        static Summary Of(params MeasuredQuestion[] questions) =>
            Summary.Of("table", [Contestant.Plain, Contestants[1]], questions)[^1];
    }

    [Fact]
    public void Percentile_BetweenValues_Interpolates()
    {
        Assert.Equal([1.0, 2.5, 4.0], new[] { 0, 0.5, 1 }.Select(share => Summary.Percentile([1, 2, 3, 4], share)));
        Assert.Equal(7, Summary.Percentile([7], 0.9));
    }

    [Fact]
    public void WarmUp_Cancelled_EndsAtOnce()
    {
        using LoadedModel model = BenchFakes.Model();
        Assert.False(new WarmUp(model, Contestants, Options).Run(new CancellationToken(canceled: true)));
    }

    static MeasuredTurn Turn(int[] tokenIds) => new(tokenIds, TimeSpan.FromSeconds(1), new(4));
}
