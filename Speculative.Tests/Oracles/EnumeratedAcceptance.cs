namespace Speculative.Tests;

/// <summary>
/// The rules for drawn drafts on exact fractions, every decision and draw enumerated: the code in use, but for its numbers.
/// </summary>
sealed class EnumeratedAcceptance(EnumeratedSampling sampling, AcceptanceKind kind, int vocabularySize)
    : IAcceptanceRule, IResidualArithmetic<Rational>
{
    readonly TargetMatchAcceptance match = new(sampling.CreateChooser(vocabularySize));

    public int VocabularySize => vocabularySize;

    public Rational One => Rational.One;

    public Acceptance Accept(DraftTree tree, IModelOutput output, long position, Span<int> acceptedPath) =>
        !tree.HasDistributions ? match.Accept(tree, output, position, acceptedPath)
        : kind == AcceptanceKind.Traversal ? new TraversalWalk<Rational>(this).Accept(tree, output, position, acceptedPath)
        : new RejectionWalk<Rational>(this).Accept(tree, output, position, acceptedPath);

    public void CopyTarget(IModelOutput output, int node, Span<Rational> row)
    {
        float[] logits = new float[vocabularySize];
        output.CopyLogits(node, logits);
        Copy(EnumeratedSampling.Weights(logits), row);
    }

    public void CopyDraft(ReadOnlySpan<float> distribution, Span<Rational> row) =>
        Copy([.. distribution.ToArray().Select(weight => (int)weight)], row);

    public void Subtract(Span<Rational> target, Rational scale, ReadOnlySpan<Rational> draft)
    {
        for (int i = 0; i < target.Length; i++)
        {
            Rational difference = scale * target[i] - draft[i];
            target[i] = difference.CompareTo(Rational.Zero) > 0 ? difference : Rational.Zero;
        }
    }

    public Rational Normalise(Span<Rational> row)
    {
        Rational sum = Rational.Zero;
        foreach (Rational element in row)
            sum += element;
        if (sum != Rational.Zero)
            foreach (ref Rational element in row)
                element /= sum;
        return sum;
    }

    public bool Happens(Rational probability, long position, int ordinal) =>
        sampling.Choices.Choose([probability, Rational.One - probability]) == 0;

    public int Draw(ReadOnlySpan<Rational> row, long position) => sampling.Choices.Choose(row.ToArray());

    void Copy(int[] weights, Span<Rational> row)
    {
        for (int i = 0; i < row.Length; i++)
            row[i] = new(weights[i], 1);
        Normalise(row);
    }
}
