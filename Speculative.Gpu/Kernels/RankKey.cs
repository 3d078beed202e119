using System.Runtime.CompilerServices;
using ILGPU;

namespace Speculative;

/// <summary>
/// A logit and its token as one integer, larger for what comes first in a ranking: the larger logit, the lower id among equals. NaN counts
/// as positive infinity, -0 as 0; 0 is no key and below all.
/// </summary>
static class RankKey
{
    const uint Sign = 0x80000000, Infinity = 0xff800000;

    /// <summary>The key of a token; <paramref name="token"/> is at least 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Of(float logit, int token)
    {
        uint bits = logit < float.PositiveInfinity ? Interop.FloatAsInt(logit) : Infinity & ~Sign;
        if (bits == Sign)
            bits = 0;
        uint order = bits >= Sign ? ~bits : bits | Sign;
        return (ulong)order << 32 | ~(uint)token;
    }

    /// <summary>The token of a key.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Token(ulong key) => (int)~(uint)key;

    /// <summary>The upper half of a key, which orders as logits do.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Order(ulong key) => (uint)(key >> 32);

    /// <summary>The logit of an <see cref="Order"/>; NaN for that of no key.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Logit(uint order) => Interop.IntAsFloat(order >= Sign ? order & ~Sign : ~order);

    /// <summary>Whether the logit was NaN or positive infinity.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsBroken(ulong key) => Order(key) == Infinity;
}
