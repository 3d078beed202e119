using System.Text.Json;
using Speculative.Bench.Comparing;

namespace Speculative.Bench.Output;

/// <summary>
/// What <c>--answers</c> writes: prompts and answers as token ids, so that another engine can be given the same and compared.
/// </summary>
static class AnswerFile
{
    /// <summary>
    /// Writes a line for each turn: <c>question_id</c>, <c>turn</c> from 1, <c>prompt</c> and plain decoding's <c>answer</c>.
    /// </summary>
    public static void Write(string path, IEnumerable<MeasuredQuestion> measured) =>
        File.WriteAllLines(path, measured.SelectMany(question => question.Prompts.Select((prompt, turn) => Line(question, prompt, turn))));

    static string Line(MeasuredQuestion question, int[] prompt, int turn) => JsonSerializer.Serialize(new
    {
        question_id = question.Question.Id,
        turn = turn + 1,
        prompt,
        answer = question.Answers[0][turn].TokenIds,
    });
}
