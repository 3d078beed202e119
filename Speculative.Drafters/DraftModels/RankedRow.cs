using System.Numerics.Tensors;

namespace Speculative.Drafters;

/// <summary>The most likely continuations in a draft model's row, with their probabilities at temperature 1. Reuses its buffers.</summary>
/// <param name="vocabularySize">The length of a row.</param>
/// <param name="most">The most continuations ever asked for.</param>
sealed class RankedRow(int vocabularySize, int most)
{
    readonly int[] tokenIds = new int[Math.Min(most, vocabularySize)];
    readonly float[] probabilities = new float[Math.Min(most, vocabularySize)];
    readonly float[] row = new float[vocabularySize];
    int count;

    /// <summary>The tokens, the most likely first.</summary>
    public ReadOnlySpan<int> TokenIds => tokenIds.AsSpan(0, count);

    /// <summary>Their probabilities.</summary>
    public ReadOnlySpan<float> Probabilities => probabilities.AsSpan(0, count);

    /// <summary>Reads what follows a node.</summary>
    /// <param name="output">The draft model's rows.</param>
    /// <param name="node">A node.</param>
    /// <param name="wanted">How many continuations; fewer where the vocabulary has fewer.</param>
    /// <exception cref="NonFiniteLogitsException">The row holds NaN or positive infinity.</exception>
    public void Read(IModelOutput output, int node, int wanted)
    {
        count = Math.Min(wanted, tokenIds.Length);
        output.TopK(node, tokenIds.AsSpan(0, count));
        output.CopyLogits(node, row);
        float max = row[tokenIds[0]];
        TensorPrimitives.Subtract(row, max, row);
        TensorPrimitives.Exp<float>(row, row);
        float sum = TensorPrimitives.Sum<float>(row);
        for (int i = 0; i < count; i++)
            probabilities[i] = row[tokenIds[i]] / sum;
    }
}
