using Speculative.Bench.Questions;

namespace Speculative.Bench.Comparing;

/// <summary>A question that every contestant answered to the end.</summary>
/// <param name="Question">The question.</param>
/// <param name="Answers">For each contestant its turns; the first contestant is plain decoding.</param>
sealed record MeasuredQuestion(Question Question, IReadOnlyList<IReadOnlyList<MeasuredTurn>> Answers)
{
    /// <summary>The prompts' tokens, turn by turn: the same for every contestant.</summary>
    public IReadOnlyList<int[]> Prompts { get; init; } = [];

    /// <summary>Tokens a second of one contestant on this question.</summary>
    public double TokensPerSecond(int contestant) =>
        Answers[contestant].Sum(turn => turn.TokenIds.Length) / Answers[contestant].Sum(turn => turn.Time.TotalSeconds);

    /// <summary>Where a contestant's answer first differs from plain decoding's; null if it does not.</summary>
    public Divergence? FindDivergence(int contestant)
    {
        for (int turn = 0; turn < Answers[0].Count; turn++)
        {
            int[] expected = Answers[0][turn].TokenIds, found = Answers[contestant][turn].TokenIds;
            int position = expected.AsSpan().CommonPrefixLength(found);
            if (position < expected.Length || position < found.Length)
                return new(Question.Id, turn, position, TokenAt(expected, position), TokenAt(found, position));
        }
        return null;
    }

    static int? TokenAt(int[] tokenIds, int position) => position < tokenIds.Length ? tokenIds[position] : null;
}
