namespace Speculative.Bench.Comparing;

/// <summary>The first token in which an answer differs from plain decoding's.</summary>
/// <param name="QuestionId">The question.</param>
/// <param name="Turn">The turn, from 0.</param>
/// <param name="Position">The output position, from 0.</param>
/// <param name="Expected">Plain decoding's token; null where it had ended.</param>
/// <param name="Found">The drafter's token; null where it had ended.</param>
sealed record Divergence(int QuestionId, int Turn, int Position, int? Expected, int? Found)
{
    /// <summary>A sentence for a reader.</summary>
    /// <param name="describe">The text of a token.</param>
    public string Describe(Func<int, string> describe) =>
        $"question {QuestionId}, turn {Turn + 1}, position {Position}: "
        + $"plain decoding has {Token(Expected, describe)}, the drafter {Token(Found, describe)}";

    /// <summary>
    /// The target's logits of both tokens after plain decoding's tokens before them, in one pass: how near a tie they were. Null where an
    /// answer had ended.
    /// </summary>
    /// <param name="model">The target.</param>
    /// <param name="question">The question, with its prompts.</param>
    public (float Expected, float Found)? Logits(ICausalModel model, MeasuredQuestion question)
    {
        if (Expected is not int expected || Found is not int found)
            return null;
        int[] context = [.. question.Prompts[Turn], .. question.Answers[0][Turn].TokenIds.AsSpan(0, Position)];
        float[] row = new float[model.VocabularySize];
        using ICausalSequence sequence = model.CreateSequence(model.MaxContextLength);
        sequence.Prefill(context).CopyLogits(context.Length - 1, row);
        return (row[expected], row[found]);
    }

    static string Token(int? tokenId, Func<int, string> describe) => tokenId is int id ? $"{id} '{describe(id)}'" : "ended";
}
