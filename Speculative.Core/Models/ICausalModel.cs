namespace Speculative;

/// <summary>
/// A causal language model that can evaluate a tree of tokens on top of a committed context. The one model contract: any model can serve as
/// target or as draft.
/// </summary>
/// <remarks>
/// A model is immutable and may be shared by threads; each of its sequences belongs to one caller at a time. Dispose it after its
/// sequences.
/// </remarks>
public interface ICausalModel : IDisposable
{
    /// <summary>The number of token ids; a row of logits is this long.</summary>
    int VocabularySize { get; }

    /// <summary>The most tokens that a sequence can hold.</summary>
    int MaxContextLength { get; }

    /// <summary>The most nodes, root included, of one <see cref="ICausalSequence.Evaluate"/>.</summary>
    int MaxTreeNodes { get; }

    /// <summary>
    /// The deepest level of a tree that <see cref="ICausalSequence.Evaluate"/> is sure to take; a model may take deeper ones of some
    /// shapes.
    /// </summary>
    int MaxTreeDepth { get; }

    /// <summary>Creates an empty sequence.</summary>
    /// <param name="maxContextLength">
    /// The most slots of its cache, 1 to <see cref="MaxContextLength"/>; memory is taken as the sequence grows.
    /// </param>
    /// <returns>A sequence owned by the caller.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxContextLength"/> is out of range.</exception>
    ICausalSequence CreateSequence(int maxContextLength);
}
