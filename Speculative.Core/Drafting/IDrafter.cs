namespace Speculative;

/// <summary>One sequence's drafting state: proposes a tree each step and learns from what the target said about it.</summary>
/// <remarks>
/// A drafter never sees the target and never affects its output, or, where it draws its proposals, the output's distribution: only how many
/// tokens a step yields. If it throws while drafting, the step checks what it drafted until then. Not thread-safe.
/// </remarks>
public interface IDrafter : IDisposable
{
    /// <summary>Begins a new request. What was learnt from earlier requests is kept or dropped as the drafter documents.</summary>
    /// <param name="promptTokenIds">The whole prompt; at least one token.</param>
    void Start(ReadOnlySpan<int> promptTokenIds);

    /// <summary>
    /// Adds nodes to a tree that holds the root alone, as far as <see cref="DraftTree.CanGrow"/> allows. Adding none is fine.
    /// </summary>
    /// <param name="contextTokenIds">All tokens so far, prompt and output; the last one is the root.</param>
    /// <param name="tree">The tree to grow.</param>
    void Draft(ReadOnlySpan<int> contextTokenIds, DraftTree tree);

    /// <summary>
    /// Learns from a pass of the target. Pieces of the prompt arrive the same way, before the first draft: as chains accepted whole. In a
    /// continued conversation these are the pieces that the target's cache does not hold yet.
    /// </summary>
    /// <param name="verified">What was checked and kept; no reference into it may outlive the call.</param>
    void Observe(in VerifiedStep verified);
}
