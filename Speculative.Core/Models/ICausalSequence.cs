namespace Speculative;

/// <summary>One token sequence with its key/value cache: committed tokens, and on top of them the tree under evaluation.</summary>
/// <remarks>
/// Node i of a tree lives in cache slot <c>CommittedLength + i</c>; its rotary position is <c>CommittedLength + depth(i)</c>. After
/// <see cref="Commit"/> the cache equals that of a plain prefill of the same tokens. Not thread-safe.
/// </remarks>
public interface ICausalSequence : IDisposable
{
    /// <summary>The tokens whose keys and values are final.</summary>
    int CommittedLength { get; }

    /// <summary>The most slots: committed tokens and tree nodes together.</summary>
    int MaxContextLength { get; }

    /// <summary>Appends tokens to the committed context. Call it with all prompt tokens but the last, in pieces of any size.</summary>
    /// <param name="tokenIds">The tokens; may be empty.</param>
    /// <returns>
    /// Row i is what follows <c>tokenIds[i]</c>; valid until the next call of <see cref="Prefill"/> or <see cref="Evaluate"/>.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException">A token id is outside the vocabulary.</exception>
    /// <exception cref="ContextOverflowException">The tokens do not fit; nothing was appended.</exception>
    /// <exception cref="InvalidOperationException">A tree is under evaluation: commit it or roll it back first.</exception>
    IModelOutput Prefill(ReadOnlySpan<int> tokenIds);

    /// <summary>
    /// Evaluates the nodes that <paramref name="tree"/> gained since the last call; earlier ones are not recomputed. A tree may so be grown
    /// level by level, or node by node.
    /// </summary>
    /// <param name="tree">The tree; between two calls without commit or rollback it may only have grown.</param>
    /// <returns>
    /// Row i is what follows node i, for all nodes; valid until the next call of <see cref="Prefill"/> or <see cref="Evaluate"/>.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException">A token id is outside the vocabulary.</exception>
    /// <exception cref="ArgumentException">
    /// The tree is empty, its evaluated nodes have changed, or it has more nodes or levels than the engine takes.
    /// </exception>
    /// <exception cref="ContextOverflowException">The tree does not fit into the context; nothing was evaluated.</exception>
    IModelOutput Evaluate(DraftTree tree);

    /// <summary>
    /// Keeps the keys and values of the accepted nodes, moved down to be contiguous, and drops the others; nothing is recomputed.
    /// The last output stays readable.
    /// </summary>
    /// <param name="acceptedPath">Evaluated nodes from the root on, each the child of the one before; at least the root.</param>
    /// <exception cref="ArgumentException">The path does not start at the root or is not a path of the tree.</exception>
    /// <exception cref="InvalidOperationException">No tree is under evaluation: call <see cref="Evaluate"/> first.</exception>
    void Commit(ReadOnlySpan<int> acceptedPath);

    /// <summary>Drops the tree under evaluation, if there is one: back to <see cref="CommittedLength"/>.</summary>
    void Rollback();

    /// <summary>
    /// Drops the tree under evaluation, if there is one, and the committed tokens from <paramref name="length"/> on: the sequence is as if
    /// they had never been read.
    /// </summary>
    /// <param name="length">Committed tokens to keep; 0 to <see cref="CommittedLength"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="length"/> is out of range; nothing was dropped.</exception>
    void Truncate(int length);
}
