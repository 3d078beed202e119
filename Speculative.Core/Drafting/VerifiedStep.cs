namespace Speculative;

/// <summary>What one target pass checked and what was kept of it.</summary>
/// <param name="tree">The tree that was evaluated.</param>
/// <param name="output">The target's rows for its nodes: accepted, rejected, all of them.</param>
/// <param name="acceptedPath">The committed nodes: the root and the accepted drafts, ascending.</param>
/// <param name="nextTokenId">The token that follows the path: the next step's root.</param>
public readonly ref struct VerifiedStep(DraftTree tree, IModelOutput output, ReadOnlySpan<int> acceptedPath, int nextTokenId)
{
    /// <summary>The tree that was evaluated.</summary>
    public DraftTree Tree { get; } = tree;

    /// <summary>The target's rows for its nodes: accepted, rejected, all of them.</summary>
    public IModelOutput Output { get; } = output;

    /// <summary>The committed nodes: the root and the accepted drafts, ascending.</summary>
    public ReadOnlySpan<int> AcceptedPath { get; } = acceptedPath;

    /// <summary>The token that follows the path: the next step's root.</summary>
    public int NextTokenId { get; } = nextTokenId;
}
