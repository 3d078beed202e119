namespace Speculative.Drafters;

/// <summary>
/// A draft model's rows at the length of the target's, where one of the two vocabularies is padded: a token that the draft model has not
/// got has no chance, one that only it has is left out. Looks at one output at a time; allocates nothing afterwards.
/// </summary>
/// <param name="draftSize">The length of the draft model's rows.</param>
/// <param name="vocabularySize">The length of the target's.</param>
sealed class PaddedOutput(int draftSize, int vocabularySize) : IModelOutput
{
    readonly float[] row = new float[draftSize];
    readonly int[] ranked = new int[draftSize];
    IModelOutput output = null!;

    /// <inheritdoc/>
    public int NodeCount => output.NodeCount;

    /// <inheritdoc/>
    public int VocabularySize => vocabularySize;

    /// <summary>Looks at an output of the draft model from now on.</summary>
    public IModelOutput Show(IModelOutput rows)
    {
        output = rows;
        return this;
    }

    /// <inheritdoc/>
    public int ArgMax(int node)
    {
        int best = output.ArgMax(node);
        if (best < vocabularySize)
            return best;
        TopK(node, new Span<int>(ref best));
        return best;
    }

    /// <inheritdoc/>
    public void TopK(int node, Span<int> tokenIds)
    {
        // Of a longer row so many more are asked for that enough remain; of a shorter one those that it has, then the others by their ids.
        Span<int> asked = ranked.AsSpan(0, Math.Min(tokenIds.Length + Math.Max(0, draftSize - vocabularySize), draftSize));
        output.TopK(node, asked);
        int count = 0;
        foreach (int tokenId in asked)
            if (tokenId < vocabularySize && count < tokenIds.Length)
                tokenIds[count++] = tokenId;
        for (int tokenId = draftSize; count < tokenIds.Length; tokenId++)
            tokenIds[count++] = tokenId;
    }

    /// <inheritdoc/>
    public void CopyLogits(int node, Span<float> logits)
    {
        output.CopyLogits(node, row);
        int shared = Math.Min(draftSize, vocabularySize);
        row.AsSpan(0, shared).CopyTo(logits);
        logits[shared..].Fill(float.NegativeInfinity);
    }
}
