namespace Speculative.Tests;

/// <summary>What may be asked of a pass's output.</summary>
static class OutputQuestion
{
    /// <summary>Asks for the most likely token (0), the 3 (1) or 100 (2) most likely, or the logits (3); compares with all rows.</summary>
    public static void Ask(IModelOutput output, int node, int question, float[][] rows)
    {
        int[] ranked = [.. Enumerable.Range(0, rows[node].Length).OrderByDescending(id => rows[node][id]).ThenBy(id => id)];
        int[] top = new int[Math.Min(question switch { 1 => 3, 2 => 100, _ => 8 }, ranked.Length)];
        if (question == 0)
            Assert.Equal(ranked[0], output.ArgMax(node));
        else if (question == 3)
            Assert.Equal(rows[node], Row(output, node));
        else
            output.TopK(node, top);
        if (question is 1 or 2)
            Assert.Equal(ranked[..top.Length], top);
    }

    /// <summary>The logits after a node.</summary>
    public static float[] Row(IModelOutput output, int node)
    {
        float[] row = new float[output.VocabularySize];
        output.CopyLogits(node, row);
        return row;
    }
}
