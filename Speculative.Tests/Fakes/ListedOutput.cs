namespace Speculative.Tests;

/// <summary>
/// An output whose rows are written by hand: for each node the tokens in descending order of logit; all others are far below.
/// </summary>
sealed class ListedOutput(int vocabularySize, params int[][] rows) : IModelOutput
{
    public int NodeCount => rows.Length;

    public int VocabularySize => vocabularySize;

    /// <summary>The nodes whose rows were asked for, in that order.</summary>
    public List<int> Asked { get; } = [];

    public int ArgMax(int node) => rows[node][0];

    public void TopK(int node, Span<int> tokenIds)
    {
        Asked.Add(node);
        int[] ranked = [.. rows[node], .. Enumerable.Range(0, vocabularySize).Except(rows[node])];
        ranked.AsSpan(0, tokenIds.Length).CopyTo(tokenIds);
    }

    public void CopyLogits(int node, Span<float> logits)
    {
        for (int id = 0; id < logits.Length; id++)
            logits[id] = Array.IndexOf(rows[node], id) is >= 0 and int rank ? -rank : -100;
    }
}
