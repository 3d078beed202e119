using System.Runtime.CompilerServices;

namespace Speculative;

/// <summary>Eight f32 elements in registers: what a 16-byte chunk of 16-bit elements widens to.</summary>
/// <param name="Low">The first four.</param>
/// <param name="High">The last four.</param>
readonly record struct ElementOctet(ElementQuad Low, ElementQuad High)
{
    /// <summary>Widens a chunk.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ElementOctet Of<TFormat>(Fragment chunk) where TFormat : struct, IHalfFormat => new(
        new(First<TFormat>(chunk.X), Second<TFormat>(chunk.X), First<TFormat>(chunk.Y), Second<TFormat>(chunk.Y)),
        new(First<TFormat>(chunk.Z), Second<TFormat>(chunk.Z), First<TFormat>(chunk.W), Second<TFormat>(chunk.W)));

    /// <summary>Rounds to a chunk.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Fragment Rounded<TFormat>() where TFormat : struct, IHalfFormat => new(
        Pair<TFormat>(Low.X, Low.Y), Pair<TFormat>(Low.Z, Low.W), Pair<TFormat>(High.X, High.Y), Pair<TFormat>(High.Z, High.W));

    /// <summary>This plus <paramref name="factor"/> times <paramref name="other"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ElementOctet Plus(float factor, ElementOctet other) => new(
        new(Low.X + factor * other.Low.X, Low.Y + factor * other.Low.Y, Low.Z + factor * other.Low.Z, Low.W + factor * other.Low.W),
        new(
            High.X + factor * other.High.X, High.Y + factor * other.High.Y, High.Z + factor * other.High.Z,
            High.W + factor * other.High.W));

    /// <summary>The sum of products, in order, on top of <paramref name="sum"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Dot(ElementOctet other, float sum)
    {
        sum += Low.X * other.Low.X;
        sum += Low.Y * other.Low.Y;
        sum += Low.Z * other.Low.Z;
        sum += Low.W * other.Low.W;
        sum += High.X * other.High.X;
        sum += High.Y * other.High.Y;
        sum += High.Z * other.High.Z;
        return sum + High.W * other.High.W;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static uint Pair<TFormat>(float first, float second) where TFormat : struct, IHalfFormat =>
        default(TFormat).FromFloat(first) | (uint)default(TFormat).FromFloat(second) << 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static float First<TFormat>(uint pair) where TFormat : struct, IHalfFormat => default(TFormat).ToFloat((ushort)(pair & 0xffff));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static float Second<TFormat>(uint pair) where TFormat : struct, IHalfFormat => default(TFormat).ToFloat((ushort)(pair >> 16));
}
