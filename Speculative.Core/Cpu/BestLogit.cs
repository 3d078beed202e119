using System.Numerics;

namespace Speculative;

/// <summary>The largest logit seen so far and its token; equal logits rank by ascending id.</summary>
unsafe struct BestLogit()
{
    float value = float.NegativeInfinity;
    int tokenId = int.MaxValue;
    bool valid = true;

    /// <summary>The token; null where a logit was NaN or positive infinity.</summary>
    public readonly int? TokenId => valid ? tokenId : null;

    /// <summary>Sees the logits of tokens <paramref name="first"/> and following; pieces may come in any order.</summary>
    public void Take(float* logits, int length, int first)
    {
        valid &= TryMax(logits, length, out float max);
        if (!valid || max < value || max == value && first > tokenId)
            return;
        value = max;
        tokenId = first + IndexOf(logits, length, max);
    }

    /// <summary>Sees what another has seen.</summary>
    public void Take(BestLogit other)
    {
        valid &= other.valid;
        if (other.value > value || other.value == value && other.tokenId < tokenId)
            (value, tokenId) = (other.value, other.tokenId);
    }

    /// <summary>The maximum; false where there is a NaN or positive infinity.</summary>
    public static bool TryMax(float* logits, int length, out float max)
    {
        int width = Vector<float>.Count, i = 0;
        Vector<float> most0 = new(float.NegativeInfinity), most1 = most0, infinity = new(float.PositiveInfinity);
        Vector<int> finite = Vector<int>.AllBitsSet;
        for (; i <= length - 2 * width; i += 2 * width)
        {
            Vector<float> x = Vector.Load(logits + i), y = Vector.Load(logits + i + width);
            finite &= Vector.LessThan(x, infinity) & Vector.LessThan(y, infinity);
            most0 = Vector.MaxNative(most0, x);
            most1 = Vector.MaxNative(most1, y);
        }
        bool valid = Vector.EqualsAll(finite, Vector<int>.AllBitsSet);
        most0 = Vector.MaxNative(most0, most1);
        max = float.NegativeInfinity;
        for (int lane = 0; lane < width; lane++)
            max = MathF.Max(max, most0[lane]);
        for (; i < length; i++)
        {
            valid &= logits[i] < float.PositiveInfinity;
            max = MathF.Max(max, logits[i]);
        }
        return valid;
    }

    static int IndexOf(float* logits, int length, float value)
    {
        int i = 0;
        for (Vector<float> wanted = new(value); i <= length - Vector<float>.Count; i += Vector<float>.Count)
            if (Vector.EqualsAny(Vector.Load(logits + i), wanted))
                break;
        while (logits[i] != value)
            i++;
        return i;
    }
}
