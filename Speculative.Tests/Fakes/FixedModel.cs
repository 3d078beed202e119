namespace Speculative.Tests;

/// <summary>A model that says the same after every context.</summary>
sealed class FixedModel(float[] row) : ICausalModel
{
    readonly FixedOutput output = new(row);

    public int VocabularySize => row.Length;

    public int MaxContextLength => 512;

    public int MaxTreeNodes => 128;

    public int MaxTreeDepth => MaxTreeNodes - 1;

    /// <summary>The passes made, over all sequences.</summary>
    public int Passes { get; private set; }

    public ICausalSequence CreateSequence(int maxContextLength) => new Sequence(this, maxContextLength);

    public void Dispose() { }

    sealed class Sequence(FixedModel model, int maxContextLength) : ICausalSequence
    {
        public int CommittedLength { get; private set; }

        public int MaxContextLength => maxContextLength;

        public IModelOutput Prefill(ReadOnlySpan<int> tokenIds)
        {
            CommittedLength += tokenIds.Length;
            return model.output;
        }

        public IModelOutput Evaluate(DraftTree tree)
        {
            model.Passes++;
            return model.output;
        }

        public void Commit(ReadOnlySpan<int> acceptedPath) => CommittedLength += acceptedPath.Length;

        public void Rollback() { }

        public void Truncate(int length) => CommittedLength = length;

        public void Dispose() { }
    }
}
