namespace Speculative.Tests;

/// <summary>A nested model whose exits are table models of their own.</summary>
sealed class NestedTableModel(params TableModel[] exits) : INestedModel
{
    public IReadOnlyList<int> ExitLayers { get; } = [.. Enumerable.Range(1, exits.Length)];

    public int VocabularySize => exits[0].VocabularySize;

    public int MaxContextLength => exits[0].MaxContextLength;

    public int MaxTreeNodes => exits[0].MaxTreeNodes;

    public int MaxTreeDepth => exits[0].MaxTreeDepth;

    /// <summary>How often each exit was asked for.</summary>
    public int[] Asked { get; } = new int[exits.Length];

    public ICausalSequence CreateSequence(int maxContextLength) => exits[^1].CreateSequence(maxContextLength);

    public INestedSequence CreateNestedSequence(int maxContextLength) => new Sequence(this, exits, maxContextLength);

    public void Dispose() { }

    sealed class Sequence(NestedTableModel model, TableModel[] exits, int maxContextLength) : INestedSequence, IModelOutput
    {
        readonly ICausalSequence[] sequences = [.. exits.Select(exit => exit.CreateSequence(maxContextLength))];
        readonly IModelOutput[] outputs = new IModelOutput[exits.Length];
        readonly int[] reached = new int[maxContextLength];
        int evaluated;

        public int CommittedLength => sequences[0].CommittedLength;

        public int MaxContextLength => maxContextLength;

        public int NodeCount => outputs[0].NodeCount;

        public int VocabularySize => model.VocabularySize;

        public IModelOutput Prefill(ReadOnlySpan<int> tokenIds) => Prefill(tokenIds, exits.Length - 1);

        public IModelOutput Evaluate(DraftTree tree) => Evaluate(tree, exits.Length - 1);

        public IModelOutput Prefill(ReadOnlySpan<int> tokenIds, int exitIndex)
        {
            for (int exit = 0; exit < exits.Length; exit++)
                outputs[exit] = sequences[exit].Prefill(tokenIds);
            Array.Fill(reached, exitIndex);
            return this;
        }

        public IModelOutput Evaluate(DraftTree tree, int exitIndex)
        {
            model.Asked[exitIndex]++;
            for (int exit = 0; exit < exits.Length; exit++)
                outputs[exit] = sequences[exit].Evaluate(tree);
            for (int node = 0; node < tree.Count; node++)
                reached[node] = node < evaluated ? Math.Max(reached[node], exitIndex) : exitIndex;
            evaluated = tree.Count;
            return this;
        }

        public void Commit(ReadOnlySpan<int> acceptedPath)
        {
            foreach (ICausalSequence sequence in sequences)
                sequence.Commit(acceptedPath);
            evaluated = 0;
        }

        public void Rollback()
        {
            foreach (ICausalSequence sequence in sequences)
                sequence.Rollback();
            evaluated = 0;
        }

        public void Truncate(int length)
        {
            foreach (ICausalSequence sequence in sequences)
                sequence.Truncate(length);
            evaluated = 0;
        }

        public int ArgMax(int node) => outputs[reached[node]].ArgMax(node);

        public void TopK(int node, Span<int> tokenIds) => outputs[reached[node]].TopK(node, tokenIds);

        public void CopyLogits(int node, Span<float> logits) => outputs[reached[node]].CopyLogits(node, logits);

        public void Dispose()
        {
            foreach (ICausalSequence sequence in sequences)
                sequence.Dispose();
        }
    }
}
