namespace Speculative;

/// <summary>A nested sequence of which one exit is all that is used.</summary>
/// <param name="sequence">The sequence; disposed with this.</param>
/// <param name="exitIndex">The exit.</param>
sealed class ExitSequence(INestedSequence sequence, int exitIndex) : ICausalSequence
{
    public int CommittedLength => sequence.CommittedLength;

    public int MaxContextLength => sequence.MaxContextLength;

    public IModelOutput Prefill(ReadOnlySpan<int> tokenIds) => sequence.Prefill(tokenIds, exitIndex);

    public IModelOutput Evaluate(DraftTree tree) => sequence.Evaluate(tree, exitIndex);

    public void Commit(ReadOnlySpan<int> acceptedPath) => sequence.Commit(acceptedPath);

    public void Rollback() => sequence.Rollback();

    public void Truncate(int length) => sequence.Truncate(length);

    public void Dispose() => sequence.Dispose();
}
