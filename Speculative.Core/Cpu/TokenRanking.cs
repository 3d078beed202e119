using System.Numerics;

namespace Speculative;

/// <summary>The largest logits of a row. Equal logits rank by ascending id.</summary>
sealed unsafe class TokenRanking
{
    /// <summary>Above this, sorting all is better than inserting.</summary>
    const int MostInserted = 64;

    ulong[] keys = [];

    public static int ArgMax(float* logits, int length, int node)
    {
        BestLogit best = new();
        best.Take(logits, length, 0);
        return best.TokenId ?? throw new NonFiniteLogitsException(node);
    }

    public void TopK(float* logits, int length, int node, Span<int> tokenIds)
    {
        if (tokenIds.IsEmpty)
            return;
        if (!BestLogit.TryMax(logits, length, out _))
            throw new NonFiniteLogitsException(node);
        if (tokenIds.Length <= MostInserted)
            Insert(logits, length, tokenIds);
        else
            Sort(logits, length, tokenIds);
    }

    /// <summary>Keeps the best so far in order; most vectors hold nothing above the last of them.</summary>
    static void Insert(float* logits, int length, Span<int> best)
    {
        Span<float> values = stackalloc float[MostInserted];
        int count = 0, i = 0, width = Vector<float>.Count;
        for (; i < best.Length; i++)
            Insert(logits[i], i, values, best, count++);
        float least = values[count - 1];
        for (; i < length && i % (4 * width) != 0; i++)
            least = InsertAbove(logits[i], i, values, best, least);
        for (; i <= length - 4 * width; i += 4 * width)
        {
            Vector<float> most = Vector.MaxNative(Vector.MaxNative(Vector.Load(logits + i), Vector.Load(logits + i + width)),
                Vector.MaxNative(Vector.Load(logits + i + 2 * width), Vector.Load(logits + i + 3 * width)));
            if (Vector.GreaterThanAny(most, new Vector<float>(least)))
                for (int j = i; j < i + 4 * width; j++)
                    least = InsertAbove(logits[j], j, values, best, least);
        }
        for (; i < length; i++)
            least = InsertAbove(logits[i], i, values, best, least);
    }

    static float InsertAbove(float value, int id, Span<float> values, Span<int> best, float least)
    {
        if (value > least)
            Insert(value, id, values, best, best.Length - 1);
        return values[best.Length - 1];
    }

    /// <summary>Inserts before what is smaller; the element at <paramref name="last"/> is overwritten.</summary>
    static void Insert(float value, int id, Span<float> values, Span<int> best, int last)
    {
        for (; last > 0 && values[last - 1] < value; last--)
            (values[last], best[last]) = (values[last - 1], best[last - 1]);
        (values[last], best[last]) = (value, id);
    }

    void Sort(float* logits, int length, Span<int> best)
    {
        if (keys.Length < length)
            keys = new ulong[length];
        for (int id = 0; id < length; id++)
        {
            uint bits = BitConverter.SingleToUInt32Bits(logits[id] + 0f); // -0 equals 0
            keys[id] = (ulong)((int)bits < 0 ? bits : ~bits & 0x7FFFFFFF) << 32 | (uint)id;
        }
        keys.AsSpan(0, length).Sort();
        for (int i = 0; i < best.Length; i++)
            best[i] = (int)(uint)keys[i];
    }
}
