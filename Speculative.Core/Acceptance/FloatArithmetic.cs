using System.Numerics.Tensors;

namespace Speculative;

/// <summary>
/// Single precision. The token at a position is drawn with the number that plain sampling takes there; decisions have a stream of their
/// own.
/// </summary>
sealed class FloatArithmetic(StochasticSampling sampling, int vocabularySize) : IResidualArithmetic<float>
{
    /// <summary>Decisions of one output position; more than a tree has nodes.</summary>
    const int OrdinalBits = 24;

    readonly TokenDistribution distribution = new(sampling, vocabularySize);
    readonly RandomSource draws = new(sampling.Seed), decisions = new(sampling.Seed, RandomSource.AcceptanceStream);

    public int VocabularySize => vocabularySize;

    public float One => 1;

    public void CopyTarget(IModelOutput output, int node, Span<float> row) => distribution.Compute(output, node, row);

    public void CopyDraft(ReadOnlySpan<float> distribution, Span<float> row)
    {
        distribution.CopyTo(row);
        Normalise(row);
    }

    public void Subtract(Span<float> target, float scale, ReadOnlySpan<float> draft)
    {
        if (scale != 1)
            TensorPrimitives.Multiply(target, scale, target);
        TensorPrimitives.Subtract(target, draft, target);
        TensorPrimitives.Max(target, 0, target);
    }

    public float Normalise(Span<float> row)
    {
        float sum = TensorPrimitives.Sum<float>(row);
        if (sum > 0)
            TensorPrimitives.Divide(row, sum, row);
        return sum;
    }

    public bool Happens(float probability, long position, int ordinal) =>
        decisions.Uniform(((ulong)position << OrdinalBits) + (uint)ordinal) < probability;

    public int Draw(ReadOnlySpan<float> row, long position) => StochasticChooser.Draw(row, draws.Uniform((ulong)position));
}
