namespace Speculative.Tests;

/// <summary>Tree attention as its definition says it, in double, two passes, visibility straight from the parents.</summary>
static class TreeAttentionOracle
{
    /// <summary>The output rows [nodes, heads, headDim] of a whole tree.</summary>
    public static double[] Evaluate(
        ReadOnlySpan<int> parents, int committed, int heads, int kvHeads, int headDim,
        ReadOnlySpan<float> queries, ReadOnlySpan<float> keys, ReadOnlySpan<float> values)
    {
        double[] output = new double[parents.Length * heads * headDim];
        for (int node = 0; node < parents.Length; node++)
            for (int head = 0; head < heads; head++)
            {
                int row = (node * heads + head) * headDim;
                int kvHead = head / (heads / kvHeads);
                int[] slots = VisibleSlots(parents, committed, node);
                double[] weights = Weights(slots, queries.Slice(row, headDim), keys, kvHead, kvHeads);
                for (int j = 0; j < slots.Length; j++)
                    for (int d = 0; d < headDim; d++)
                        output[row + d] += weights[j] * values[(slots[j] * kvHeads + kvHead) * headDim + d];
            }
        return output;
    }

    static int[] VisibleSlots(ReadOnlySpan<int> parents, int committed, int node)
    {
        List<int> slots = [.. Enumerable.Range(0, committed)];
        for (int at = node; at >= 0; at = parents[at])
            slots.Add(committed + at);
        return [.. slots];
    }

    static double[] Weights(int[] visible, ReadOnlySpan<float> query, ReadOnlySpan<float> keys, int kvHead, int kvHeads)
    {
        double[] weights = new double[visible.Length];
        for (int j = 0; j < visible.Length; j++)
            for (int d = 0; d < query.Length; d++)
                weights[j] += query[d] * (double)keys[(visible[j] * kvHeads + kvHead) * query.Length + d] / Math.Sqrt(query.Length);
        double max = weights.Max();
        for (int j = 0; j < weights.Length; j++)
            weights[j] = Math.Exp(weights[j] - max);
        double sum = weights.Sum();
        for (int j = 0; j < weights.Length; j++)
            weights[j] /= sum;
        return weights;
    }
}
