namespace Speculative;

/// <summary>The largest logits of a row. Equal logits rank by ascending id.</summary>
sealed unsafe class TokenRanking
{
    /// <summary>Above this, sorting all is better than inserting.</summary>
    const int MostInserted = RankingJob.MaxTokens;

    ulong[] keys = [];

    public static int ArgMax(float* logits, int length, int node)
    {
        int best = 0;
        Insert(logits, length, node, new Span<int>(ref best));
        return best;
    }

    public void TopK(float* logits, int length, int node, Span<int> tokenIds)
    {
        if (tokenIds.IsEmpty)
            return;
        if (tokenIds.Length <= MostInserted)
            Insert(logits, length, node, tokenIds);
        else
            Sort(logits, length, node, tokenIds);
    }

    static void Insert(float* logits, int length, int node, Span<int> tokenIds)
    {
        Span<RankedToken> best = stackalloc RankedToken[tokenIds.Length];
        best.Fill(RankedToken.None);
        new BestTokens(best).Take(logits, length, 0);
        if (!best[0].IsFinite)
            throw new NonFiniteLogitsException(node);
        for (int i = 0; i < best.Length; i++)
            tokenIds[i] = best[i].TokenId;
    }

    void Sort(float* logits, int length, int node, Span<int> tokenIds)
    {
        if (keys.Length < length)
            keys = new ulong[length];
        for (int id = 0; id < length; id++)
        {
            if (!(logits[id] < float.PositiveInfinity))
                throw new NonFiniteLogitsException(node);
            uint bits = BitConverter.SingleToUInt32Bits(logits[id] + 0f); // -0 equals 0
            keys[id] = (ulong)((int)bits < 0 ? bits : ~bits & 0x7FFFFFFF) << 32 | (uint)id;
        }
        keys.AsSpan(0, length).Sort();
        for (int i = 0; i < tokenIds.Length; i++)
            tokenIds[i] = (int)(uint)keys[i];
    }
}
