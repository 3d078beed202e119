namespace Speculative.Tests;

/// <summary>Rows of logits that are written down: one for each node, or a single one that is the same for every node.</summary>
sealed class FixedOutput(params float[][] rows) : IModelOutput
{
    public FixedOutput(int vocabularySize, int seed) : this(new float[vocabularySize]) =>
        new TableModel(vocabularySize, seed: seed).Logits([1, 2], Row);

    /// <summary>The first row.</summary>
    public float[] Row => rows[0];

    public int NodeCount => rows.Length == 1 ? int.MaxValue : rows.Length;

    public int VocabularySize => Row.Length;

    /// <summary>The nodes whose most likely tokens were asked for, in that order.</summary>
    public List<int> Asked { get; } = [];

    /// <summary>Rows given as tokens in descending order of logit; all others are far below.</summary>
    public static FixedOutput Ranked(int vocabularySize, params int[][] rankings) => new([.. rankings.Select(ranking => Enumerable
        .Range(0, vocabularySize).Select(id => Array.IndexOf(ranking, id) is >= 0 and int rank ? -rank : -100f).ToArray())]);

    public int ArgMax(int node) => Array.IndexOf(RowOf(node), RowOf(node).Max());

    public void TopK(int node, Span<int> tokenIds)
    {
        Asked.Add(node);
        float[] row = RowOf(node);
        int[] ranked = [.. Enumerable.Range(0, row.Length).OrderByDescending(i => row[i]).ThenBy(i => i)];
        ranked.AsSpan(0, tokenIds.Length).CopyTo(tokenIds);
    }

    public void CopyLogits(int node, Span<float> logits) => RowOf(node).CopyTo(logits);

    float[] RowOf(int node) => rows[rows.Length == 1 ? 0 : node];
}
