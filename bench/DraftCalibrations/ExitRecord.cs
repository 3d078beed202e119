namespace Speculative.Bench.DraftCalibrations;

/// <summary>
/// What each exit of a draft model would have drafted before each token of a target's answers: how confident it is of its best token, and
/// whether that is the target's.
/// </summary>
/// <param name="model">The draft model.</param>
sealed class ExitRecord(ICausalModel model)
{
    /// <summary>Tokens read in one call.</summary>
    const int Piece = 256;

    readonly TokenDistribution distribution = new(new() { Temperature = 1 }, model.VocabularySize); // as S2D reads confidence
    readonly float[] row = new float[model.VocabularySize];
    readonly List<ExitGuess[][]> answers = [];

    /// <summary>For each answer, for each of its tokens, what each exit said before it.</summary>
    public IReadOnlyList<ExitGuess[][]> Answers => answers;

    /// <summary>How many exits there are.</summary>
    public int ExitCount => model is INestedModel nested ? nested.ExitLayers.Count : 1;

    /// <summary>Reads an answer with every exit, as far as the draft model's context goes.</summary>
    /// <param name="prompt">At least one token.</param>
    /// <param name="answer">What the target said.</param>
    public void Read(ReadOnlySpan<int> prompt, ReadOnlySpan<int> answer)
    {
        int[] tokenIds = [.. prompt, .. answer];
        int count = Math.Min(answer.Length, model.MaxContextLength + 1 - prompt.Length);
        if (count <= 0)
            return;
        ExitGuess[][] guesses = [.. Enumerable.Range(0, count).Select(_ => new ExitGuess[ExitCount])];
        for (int exit = 0; exit < ExitCount; exit++)
            Read(tokenIds.AsSpan(0, prompt.Length + count), prompt.Length, exit, guesses);
        answers.Add(guesses);
    }

    void Read(ReadOnlySpan<int> tokenIds, int promptLength, int exit, ExitGuess[][] guesses)
    {
        using ICausalSequence sequence = model is INestedModel nested
            ? nested.CreateNestedSequence(model.MaxContextLength) : model.CreateSequence(model.MaxContextLength);
        for (int from = 0; from < tokenIds.Length - 1; from += Piece)
        {
            ReadOnlySpan<int> piece = tokenIds[from..Math.Min(from + Piece, tokenIds.Length - 1)];
            IModelOutput output = sequence is INestedSequence stopping ? stopping.Prefill(piece, exit) : sequence.Prefill(piece);
            for (int i = Math.Max(0, promptLength - 1 - from); i < piece.Length; i++)
            {
                distribution.Compute(output, i, row);
                int best = output.ArgMax(i);
                guesses[from + i + 1 - promptLength][exit] = new(row[best], best == tokenIds[from + i + 1]);
            }
        }
    }
}
