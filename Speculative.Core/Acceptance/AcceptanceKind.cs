namespace Speculative;

/// <summary>
/// Which rule checks trees with drawn nodes when the target samples. All are lossless. Trees of point masses, and greedy targets, are
/// always walked as <see cref="TargetMatchAcceptance"/> does.
/// </summary>
public enum AcceptanceKind
{
    /// <summary><see cref="RecursiveRejectionAcceptance"/>: from the root down, sibling after sibling.</summary>
    RecursiveRejection,

    /// <summary><see cref="TraversalAcceptance"/>: from the leaves up; accepts somewhat more.</summary>
    Traversal,
}
