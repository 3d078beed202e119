using System.Numerics;
using System.Runtime.Intrinsics;

namespace Speculative;

/// <summary>
/// The most likely tokens of a row among the logits seen so far, the best first. Where a logit is NaN or positive infinity, the first is
/// not finite.
/// </summary>
/// <param name="best">As many as are wanted; starts as <see cref="RankedToken.None"/>.</param>
readonly unsafe ref struct BestTokens(Span<RankedToken> best)
{
    const int Block = 64;

    readonly Span<RankedToken> best = best;

    /// <summary>Sees the logits of tokens <paramref name="first"/> and following. Pieces may come in any order.</summary>
    public void Take(float* logits, int length, int first)
    {
        int at = 0, width = Vector512<float>.Count;
        for (; at <= length - Block; at += Block)
        {
            float* block = logits + at;
            Vector512<float> x0 = Vector512.Load(block), x1 = Vector512.Load(block + width), x2 = Vector512.Load(block + 2 * width),
                x3 = Vector512.Load(block + 3 * width);
            Vector512<float> sum = x0 + x1 + (x2 + x3), infinity = Vector512.Create(float.PositiveInfinity);
            bool suspicious = !Vector512.LessThanAll(sum, infinity); // something is not finite, or the sum overflowed
            Vector512<float> most = Vector512.MaxNative(Vector512.MaxNative(x0, x1), Vector512.MaxNative(x2, x3));
            bool counts = Vector512.GreaterThanOrEqualAny(most, Vector512.Create(best[^1].Logit));
            if (counts || suspicious) // rare: most blocks hold nothing that counts
                Scan(block, Block, first + at, suspicious);
        }
        Scan(logits + at, length - at, first + at, suspicious: true);
    }

    /// <summary>Sees what another has seen.</summary>
    public void Take(BestTokens other)
    {
        foreach (RankedToken token in other.best)
            Take(token);
    }

    void Scan(float* logits, int length, int first, bool suspicious)
    {
        if (suspicious)
            for (int i = 0; i < length; i++)
                Take(logits[i] < float.PositiveInfinity ? new(logits[i], first + i) : RankedToken.NotFinite);
        else
            for (int i = 0; i < length; i += Vector256<float>.Count)
            {
                Vector256<float> least = Vector256.Create(best[^1].Logit);
                uint lanes = Vector256.GreaterThanOrEqual(Vector256.Load(logits + i), least).ExtractMostSignificantBits();
                for (; lanes != 0; lanes &= lanes - 1)
                {
                    int lane = i + BitOperations.TrailingZeroCount(lanes);
                    Take(new RankedToken(logits[lane], first + lane));
                }
            }
    }

    void Take(RankedToken token)
    {
        int at = best.Length - 1;
        if (!token.Precedes(best[at]))
            return;
        for (; at > 0 && token.Precedes(best[at - 1]); at--)
            best[at] = best[at - 1];
        best[at] = token;
    }
}
