using System.Numerics.Tensors;

namespace Speculative.Drafters;

/// <summary>
/// What is left of a distribution while its tokens are taken one after another. One pass summarises the row in blocks (sums to draw by,
/// maxima to rank by); each token then costs a walk over the summaries and over one block, not over the vocabulary.
/// </summary>
/// <param name="vocabularySize">The row's length.</param>
sealed class ResidualRow(int vocabularySize)
{
    const int BlockSize = 256;

    readonly float[] row = new float[vocabularySize];
    readonly float[] summaries = new float[(vocabularySize + BlockSize - 1) / BlockSize];
    RowOrder order;
    double mass;

    /// <summary>To be filled with a distribution that sums to 1; then call <see cref="Begin"/>.</summary>
    public Span<float> Row => row;

    /// <summary>Begins to give tokens.</summary>
    public void Begin(RowOrder rowOrder)
    {
        order = rowOrder;
        for (int block = 0; block < summaries.Length; block++)
            Summarise(block);
        mass = order == RowOrder.Drawn ? TensorPrimitives.Sum<float>(summaries) : 1;
    }

    /// <summary>Takes the next token away.</summary>
    /// <param name="uniform">0 to 1, for drawing.</param>
    /// <param name="share">The token's probability among those that were left.</param>
    /// <returns>The token; -1 if none of positive probability is left.</returns>
    public int Take(double uniform, out double share)
    {
        int tokenId = Look(uniform, out share);
        if (tokenId < 0)
            return -1;
        mass -= row[tokenId];
        row[tokenId] = 0;
        Summarise(tokenId / BlockSize);
        if (order == RowOrder.Drawn)
            mass = TensorPrimitives.Sum<float>(summaries); // anew: differences would lose a small rest
        return tokenId;
    }

    /// <summary>As <see cref="Take"/>, but the token stays.</summary>
    public int Look(double uniform, out double share)
    {
        int tokenId = order == RowOrder.Drawn ? Draw(uniform) : Best();
        share = tokenId < 0 ? 0 : row[tokenId] / Math.Max(mass, row[tokenId]);
        return tokenId;
    }

    int Draw(double uniform)
    {
        double rest = uniform * mass;
        int chosen = -1;
        for (int block = 0; block < summaries.Length && (chosen < 0 || rest >= 0); block++)
            if (summaries[block] > 0)
            {
                chosen = block;
                rest -= summaries[block];
            }
        return chosen < 0 ? -1 : DrawFrom(chosen, rest + summaries[chosen]);
    }

    /// <summary>The token of a block at which its cumulative sum exceeds <paramref name="rest"/>; never one of probability 0.</summary>
    int DrawFrom(int block, double rest)
    {
        int last = -1, end = Math.Min((block + 1) * BlockSize, row.Length);
        for (int id = block * BlockSize; id < end && (last < 0 || rest >= 0); id++)
            if (row[id] > 0)
            {
                last = id;
                rest -= row[id];
            }
        return last;
    }

    int Best()
    {
        int block = TensorPrimitives.IndexOfMax<float>(summaries);
        return summaries[block] > 0 ? block * BlockSize + TensorPrimitives.IndexOfMax(Block(block)) : -1;
    }

    void Summarise(int block) =>
        summaries[block] = order == RowOrder.Drawn ? TensorPrimitives.Sum(Block(block)) : TensorPrimitives.Max(Block(block));

    ReadOnlySpan<float> Block(int block) => row.AsSpan(block * BlockSize, Math.Min(BlockSize, row.Length - block * BlockSize));
}
