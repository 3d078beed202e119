using System.Numerics.Tensors;

namespace Speculative.Bench.DraftCalibrations;

/// <summary>
/// What each exit of a draft model would have drafted before each token of a target's answers: how confident it is of its best token, and
/// how likely the target accepts the draft. Drafts are the best token where the target is greedy, else drawn as the target draws: a token
/// drawn from q is accepted with probability sum over x of min(p(x), q(x)) (Leviathan et al., arXiv 2211.17192, theorem 3.5).
/// </summary>
/// <param name="draft">The draft model.</param>
/// <param name="target">Whose answers are read; the same tokens.</param>
/// <param name="sampling">How the target chooses.</param>
sealed class ExitRecord(ICausalModel draft, ICausalModel target, Sampling sampling)
{
    /// <summary>Tokens read in one call.</summary>
    const int Piece = 256;

    readonly TokenDistribution confidence = new(new() { Temperature = 1 }, draft.VocabularySize); // as S2D reads it
    readonly TokenDistribution? drawn = sampling is StochasticSampling drawing ? new(drawing, draft.VocabularySize) : null;
    readonly TokenDistribution? told = sampling is StochasticSampling telling ? new(telling, target.VocabularySize) : null;
    readonly int shared = Math.Min(draft.VocabularySize, target.VocabularySize); // one may be padded
    readonly float[] row = new float[draft.VocabularySize];
    readonly List<ExitGuess[][]> answers = [];

    /// <summary>For each answer, for each of its tokens, what each exit said before it.</summary>
    public IReadOnlyList<ExitGuess[][]> Answers => answers;

    /// <summary>How many exits there are.</summary>
    public int ExitCount => draft is INestedModel nested ? nested.ExitLayers.Count : 1;

    /// <summary>Reads an answer with every exit, as far as the draft model's context goes.</summary>
    /// <param name="prompt">At least one token.</param>
    /// <param name="answer">What the target said.</param>
    public void Read(ReadOnlySpan<int> prompt, ReadOnlySpan<int> answer)
    {
        int count = Math.Min(answer.Length, draft.MaxContextLength + 1 - prompt.Length);
        if (count <= 0)
            return;
        int[] tokenIds = [.. prompt, .. answer[..count]];
        ExitGuess[][] guesses = [.. Enumerable.Range(0, count).Select(_ => new ExitGuess[ExitCount])];
        float[][] said = TargetRows(tokenIds, count);
        for (int exit = 0; exit < ExitCount; exit++)
        {
            int depth = exit;
            using ICausalSequence sequence = draft is INestedModel nested
                ? nested.CreateNestedSequence(draft.MaxContextLength) : draft.CreateSequence(draft.MaxContextLength);
            Read(piece => sequence is INestedSequence stopping ? stopping.Prefill(piece, depth) : sequence.Prefill(piece),
                tokenIds, count, (output, node, at) => guesses[at][depth] = Guess(output, node, tokenIds[^(count - at)], said, at));
        }
        answers.Add(guesses);
    }

    ExitGuess Guess(IModelOutput output, int node, int tokenId, float[][] said, int at)
    {
        confidence.Compute(output, node, row);
        int best = output.ArgMax(node);
        float sure = row[best];
        if (drawn is null)
            return new(sure, best == tokenId ? 1 : 0);
        drawn.Compute(output, node, row);
        Span<float> overlap = row.AsSpan(0, shared);
        TensorPrimitives.Min(overlap, said[at].AsSpan(0, shared), overlap);
        return new(sure, Math.Min(1, TensorPrimitives.Sum<float>(overlap)));
    }

    /// <summary>The distributions that the target drew the answer from; none for a greedy target.</summary>
    float[][] TargetRows(int[] tokenIds, int count)
    {
        if (told is null)
            return [];
        float[][] rows = [.. Enumerable.Range(0, count).Select(_ => new float[target.VocabularySize])];
        using ICausalSequence sequence = target.CreateSequence(target.MaxContextLength);
        Read(piece => sequence.Prefill(piece), tokenIds, count, (output, node, at) => told.Compute(output, node, rows[at]));
        return rows;
    }

    /// <summary>Reads a text and visits the row before each of its last <paramref name="count"/> tokens.</summary>
    static void Read(
        Func<ReadOnlySpan<int>, IModelOutput> prefill, ReadOnlySpan<int> tokenIds, int count, Action<IModelOutput, int, int> visit)
    {
        int first = tokenIds.Length - count - 1;
        for (int from = 0; from < tokenIds.Length - 1; from += Piece)
        {
            ReadOnlySpan<int> piece = tokenIds[from..Math.Min(from + Piece, tokenIds.Length - 1)];
            IModelOutput output = prefill(piece);
            for (int node = Math.Max(0, first - from); node < piece.Length; node++)
                visit(output, node, from + node - first);
        }
    }
}
