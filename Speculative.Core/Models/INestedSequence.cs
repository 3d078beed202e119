namespace Speculative;

/// <summary>
/// A sequence whose tokens may stop at different exits. When one goes deeper, all before it that stopped earlier go along, from where they
/// stopped: nothing is ever recomputed.
/// </summary>
/// <remarks>
/// The calls of <see cref="ICausalSequence"/> go to the last exit. <see cref="ICausalSequence.Commit"/>,
/// <see cref="ICausalSequence.Rollback"/> and <see cref="ICausalSequence.Truncate"/> concern all exits at once.
/// </remarks>
public interface INestedSequence : ICausalSequence
{
    /// <summary>Appends tokens to the committed context and stops at an exit.</summary>
    /// <param name="tokenIds">As in <see cref="ICausalSequence.Prefill"/>.</param>
    /// <param name="exitIndex">An index of <see cref="INestedModel.ExitLayers"/>.</param>
    /// <returns>Row i is what the exit says after <c>tokenIds[i]</c>.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A token id is outside the vocabulary, or the exit does not exist.</exception>
    /// <exception cref="ContextOverflowException">The tokens do not fit; nothing was appended.</exception>
    /// <exception cref="InvalidOperationException">A tree is under evaluation: commit it or roll it back first.</exception>
    IModelOutput Prefill(ReadOnlySpan<int> tokenIds, int exitIndex);

    /// <summary>
    /// Brings all nodes of a tree to an exit at least: nodes it gained since the last call, and those that stopped earlier. Nodes that went
    /// deeper stay as they are.
    /// </summary>
    /// <param name="tree">As in <see cref="ICausalSequence.Evaluate"/>.</param>
    /// <param name="exitIndex">An index of <see cref="INestedModel.ExitLayers"/>.</param>
    /// <returns>Row i is what the deepest exit that node i has reached says after it.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A token id is outside the vocabulary, or the exit does not exist.</exception>
    /// <exception cref="ContextOverflowException">The tree does not fit into the context; nothing was evaluated.</exception>
    IModelOutput Evaluate(DraftTree tree, int exitIndex);
}
