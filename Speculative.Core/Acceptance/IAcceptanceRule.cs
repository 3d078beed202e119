namespace Speculative;

/// <summary>Decides which path of a checked tree is kept, and which token follows it, so that the output is the target's own.</summary>
/// <remarks>One rule belongs to one session; not thread-safe.</remarks>
public interface IAcceptanceRule
{
    /// <summary>Walks the tree from the root.</summary>
    /// <param name="tree">The tree that the target evaluated.</param>
    /// <param name="output">The target's rows for its nodes.</param>
    /// <param name="position">The output position, from 0, of the token that follows the root: the index of its random numbers.</param>
    /// <param name="acceptedPath">Receives the accepted nodes, root first; as long as the tree is deep, plus one.</param>
    /// <returns>The path's length and the token after it.</returns>
    Acceptance Accept(DraftTree tree, IModelOutput output, long position, Span<int> acceptedPath);
}
