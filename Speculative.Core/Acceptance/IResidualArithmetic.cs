namespace Speculative;

/// <summary>
/// The numbers and the chance that rules for drawn drafts work with: floats and a random source in use; exact fractions and enumerated
/// outcomes where tests prove a rule.
/// </summary>
/// <typeparam name="T">A probability.</typeparam>
interface IResidualArithmetic<T>
{
    int VocabularySize { get; }

    T One { get; }

    /// <summary>The target's distribution after a node, normalised.</summary>
    void CopyTarget(IModelOutput output, int node, Span<T> row);

    /// <summary>A tree's <see cref="DraftTree.ChildDistribution"/>, normalised.</summary>
    void CopyDraft(ReadOnlySpan<float> distribution, Span<T> row);

    /// <summary>target = max(<paramref name="scale"/> · target - draft, 0), element by element.</summary>
    void Subtract(Span<T> target, T scale, ReadOnlySpan<T> draft);

    /// <summary>Divides a row by its sum, unless that is 0.</summary>
    /// <returns>The sum.</returns>
    T Normalise(Span<T> row);

    /// <summary>Whether a chance event of this probability happens: never if 0, always if 1.</summary>
    /// <param name="probability">0 to 1.</param>
    /// <param name="position">The output position that the event belongs to.</param>
    /// <param name="ordinal">Tells the events of a position apart.</param>
    bool Happens(T probability, long position, int ordinal);

    /// <summary>Draws the token at an output position.</summary>
    int Draw(ReadOnlySpan<T> row, long position);
}
