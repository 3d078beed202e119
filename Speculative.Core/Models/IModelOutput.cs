namespace Speculative;

/// <summary>
/// What a pass says about the token after each of its nodes. Rows are computed when asked for: a pass whose rows nobody reads costs no head
/// product, greedy acceptance needs one integer a node, sampling one row of logits a visited node.
/// </summary>
/// <remarks>
/// An implementation may compute all rows of a kind at the first demand for one of them. Belongs to its sequence; not thread-safe.
/// </remarks>
public interface IModelOutput
{
    /// <summary>The number of rows: one a node.</summary>
    int NodeCount { get; }

    /// <summary>The length of a row.</summary>
    int VocabularySize { get; }

    /// <summary>The token with the largest logit after a node; the lowest id among equals.</summary>
    /// <param name="node">0 to <see cref="NodeCount"/> - 1.</param>
    /// <exception cref="NonFiniteLogitsException">The row holds NaN or positive infinity.</exception>
    int ArgMax(int node);

    /// <summary>The tokens with the largest logits after a node, in descending order, lower ids first among equals.</summary>
    /// <param name="node">0 to <see cref="NodeCount"/> - 1.</param>
    /// <param name="tokenIds">Receives as many tokens as it is long; at most <see cref="VocabularySize"/>.</param>
    /// <exception cref="NonFiniteLogitsException">The row holds NaN or positive infinity.</exception>
    void TopK(int node, Span<int> tokenIds);

    /// <summary>Copies the raw logits after a node, before temperature and filters.</summary>
    /// <param name="node">0 to <see cref="NodeCount"/> - 1.</param>
    /// <param name="logits">Receives the row; <see cref="VocabularySize"/> long.</param>
    void CopyLogits(int node, Span<float> logits);
}
