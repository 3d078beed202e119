namespace Speculative.Tests;

/// <summary>A model whose most likely tokens after a prompt of one token are written by hand, over and over.</summary>
sealed class ScriptedModel(int[] output, int vocabularySize) : ICausalModel
{
    public int VocabularySize => vocabularySize;

    public int MaxContextLength => 512;

    public int MaxTreeNodes => 1;

    public int MaxTreeDepth => MaxTreeNodes - 1;

    public ICausalSequence CreateSequence(int maxContextLength) => new Sequence(output, vocabularySize, maxContextLength);

    public void Dispose() { }

    sealed class Sequence(int[] output, int vocabularySize, int maxContextLength) : ICausalSequence
    {
        public int CommittedLength { get; private set; }

        public int MaxContextLength => maxContextLength;

        public IModelOutput Prefill(ReadOnlySpan<int> tokenIds)
        {
            CommittedLength += tokenIds.Length;
            return FixedOutput.Ranked(vocabularySize, []);
        }

        public IModelOutput Evaluate(DraftTree tree) => FixedOutput.Ranked(vocabularySize, [output[CommittedLength % output.Length]]);

        public void Commit(ReadOnlySpan<int> acceptedPath) => CommittedLength += acceptedPath.Length;

        public void Rollback() { }

        public void Truncate(int length) => CommittedLength = length;

        public void Dispose() { }
    }
}
