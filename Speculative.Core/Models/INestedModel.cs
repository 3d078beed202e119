namespace Speculative;

/// <summary>
/// A model whose first layers are models of their own: it may stop after an exit layer, where the final norm and the head give a row, and
/// go on from there later.
/// </summary>
/// <remarks>Sorted training makes exits good: arXiv 2309.08968 (Sorted LLaMA), arXiv 2407.01955 (S2D).</remarks>
public interface INestedModel : ICausalModel
{
    /// <summary>
    /// The number of layers before each exit, ascending; the last is the whole model. An exit is named by its index here, 0 the shallowest.
    /// </summary>
    IReadOnlyList<int> ExitLayers { get; }

    /// <summary>Creates an empty sequence that can stop at the exits; all of them share its one cache.</summary>
    /// <param name="maxContextLength">As in <see cref="ICausalModel.CreateSequence"/>.</param>
    /// <returns>A sequence owned by the caller.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxContextLength"/> is out of range.</exception>
    INestedSequence CreateNestedSequence(int maxContextLength);
}
