namespace Speculative.Tests;

/// <summary>One row of logits, the same for every node.</summary>
sealed class FixedOutput(float[] row) : IModelOutput
{
    public FixedOutput(int vocabularySize, int seed) : this(new float[vocabularySize]) => new TableModel(vocabularySize, seed: seed).Logits([1, 2], Row);

    public float[] Row { get; } = row;

    public int NodeCount => int.MaxValue;

    public int VocabularySize => Row.Length;

    public int ArgMax(int node) => Array.IndexOf(Row, Row.Max());

    public void TopK(int node, Span<int> tokenIds)
    {
        int[] ranked = [.. Enumerable.Range(0, Row.Length).OrderByDescending(i => Row[i]).ThenBy(i => i)];
        ranked.AsSpan(0, tokenIds.Length).CopyTo(tokenIds);
    }

    public void CopyLogits(int node, Span<float> logits) => Row.CopyTo(logits);
}
