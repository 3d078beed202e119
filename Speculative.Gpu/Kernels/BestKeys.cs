using System.Runtime.CompilerServices;
using ILGPU;

namespace Speculative;

/// <summary>The eight largest of the keys that a thread has met, in descending order and in registers; 0 where there are fewer.</summary>
struct BestKeys
{
    /// <summary>How many keys are kept.</summary>
    public const int Count = 8;

    ulong a, b, c, d, e, f, g, h;

    /// <summary>The largest.</summary>
    public readonly ulong First => a;

    /// <summary>The smallest.</summary>
    public readonly ulong Last => h;

    /// <summary>Puts a key in its place; the smallest of the nine falls out.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Insert(ulong key)
    {
        h = IntrinsicMath.Max(h, IntrinsicMath.Min(g, key));
        g = IntrinsicMath.Max(g, IntrinsicMath.Min(f, key));
        f = IntrinsicMath.Max(f, IntrinsicMath.Min(e, key));
        e = IntrinsicMath.Max(e, IntrinsicMath.Min(d, key));
        d = IntrinsicMath.Max(d, IntrinsicMath.Min(c, key));
        c = IntrinsicMath.Max(c, IntrinsicMath.Min(b, key));
        b = IntrinsicMath.Max(b, IntrinsicMath.Min(a, key));
        a = IntrinsicMath.Max(a, key);
    }

    /// <summary>Appends the keys that are at least <paramref name="floor"/>, which is above 0, to a list that the group shares.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Append(ulong floor, ArrayView<ulong> list, ArrayView<int> length)
    {
        Append(a, floor, list, length);
        Append(b, floor, list, length);
        Append(c, floor, list, length);
        Append(d, floor, list, length);
        Append(e, floor, list, length);
        Append(f, floor, list, length);
        Append(g, floor, list, length);
        Append(h, floor, list, length);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Append(ulong key, ulong floor, ArrayView<ulong> list, ArrayView<int> length)
    {
        if (key >= floor)
            list[Atomic.Add(ref length[0], 1)] = key;
    }
}
