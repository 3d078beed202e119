using System.Diagnostics;

namespace Speculative.Bench.Machine;

/// <summary>
/// A model that costs nothing but reading its rows: a few dozen rows, each a falling curve over shuffled tokens, of which a node's token
/// chooses one. To time what is around a model.
/// </summary>
sealed unsafe class SyntheticModel : ICausalModel, IModelOutput
{
    const int RowCount = 61;

    /// <summary>The token of rank r has a probability proportional to r to the power of minus this.</summary>
    const double Steepness = 1.6;

    readonly float[][] rows;
    readonly int[][] likely;
    readonly TokenRanking ranking = new();
    readonly int[] tokenIds;
    long ticks;

    /// <summary>Creates the rows.</summary>
    public SyntheticModel(int vocabularySize, int maxTreeNodes)
    {
        (VocabularySize, MaxTreeNodes) = (vocabularySize, maxTreeNodes);
        tokenIds = new int[Math.Max(maxTreeNodes, 256)];
        rows = [.. Enumerable.Range(0, RowCount).Select(seed =>
        {
            Random random = new(seed);
            float[] row = [.. Enumerable.Range(1, vocabularySize)
                .Select(rank => (float)(-Steepness * Math.Log(rank) + 0.3 * random.NextDouble()))];
            random.Shuffle(row);
            return row;
        })];
        likely = [.. rows.Select(row => Enumerable.Range(0, row.Length).OrderByDescending(id => row[id]).Take(8).ToArray())];
    }

    public int VocabularySize { get; }

    public int MaxContextLength => 1 << 16;

    public int MaxTreeNodes { get; }

    public int MaxTreeDepth => MaxTreeNodes - 1;

    public int NodeCount { get; private set; }

    /// <summary>The time that reading rows took so far.</summary>
    public TimeSpan Reading => Stopwatch.GetElapsedTime(0, ticks);

    /// <summary>The token of a rank, 0 to 7, after a token; reads no row.</summary>
    public int Likely(int tokenId, int rank) => likely[tokenId % RowCount][rank];

    public ICausalSequence CreateSequence(int maxContextLength) => new Sequence(this, maxContextLength);

    public void Dispose() { }

    public int ArgMax(int node)
    {
        long start = Stopwatch.GetTimestamp();
        int tokenId;
        fixed (float* row = Row(node))
            tokenId = TokenRanking.ArgMax(row, VocabularySize, node);
        ticks += Stopwatch.GetTimestamp() - start;
        return tokenId;
    }

    public void TopK(int node, Span<int> tokenIds)
    {
        long start = Stopwatch.GetTimestamp();
        fixed (float* row = Row(node))
            ranking.TopK(row, VocabularySize, node, tokenIds);
        ticks += Stopwatch.GetTimestamp() - start;
    }

    public void CopyLogits(int node, Span<float> logits)
    {
        long start = Stopwatch.GetTimestamp();
        Row(node).CopyTo(logits);
        ticks += Stopwatch.GetTimestamp() - start;
    }

    float[] Row(int node) => rows[tokenIds[node] % RowCount];

    SyntheticModel Take(ReadOnlySpan<int> ids)
    {
        ids.CopyTo(tokenIds);
        NodeCount = ids.Length;
        return this;
    }

    sealed class Sequence(SyntheticModel model, int maxContextLength) : ICausalSequence
    {
        public int CommittedLength { get; private set; }

        public int MaxContextLength => maxContextLength;

        public IModelOutput Prefill(ReadOnlySpan<int> tokenIds)
        {
            CommittedLength += tokenIds.Length;
            return model.Take(tokenIds);
        }

        public IModelOutput Evaluate(DraftTree tree) => model.Take(tree.TokenIds);

        public void Commit(ReadOnlySpan<int> acceptedPath) => CommittedLength += acceptedPath.Length;

        public void Rollback() { }

        public void Truncate(int length) => CommittedLength = length;

        public void Dispose() { }
    }
}
