using System.Runtime.CompilerServices;
using ILGPU;

namespace Speculative;

/// <summary>Stored integers as floats. Put behind the right exponent an integer is a float already, and a subtraction takes the exponent's
/// number and the offset away: exact, and faster than a conversion. In f32 the exponent is that of 2^23, in bf16, two at once, of 2^7.
/// </summary>
static class QuantizedInteger
{
    const uint Exponent = 0x4B000000, Pair128 = 0x43004300, PairMinus136 = 0xC308C308, PairMinus128 = 0xC300C300;

    /// <summary>What a byte of an int8 panel stores: itself less 128.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float OfByte(uint stored) => Interop.IntAsFloat(Exponent | stored) - (8388608f + 128f);

    /// <summary>What a nibble of an int4 panel stores: itself less 8.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float OfNibble(uint stored) => Interop.IntAsFloat(Exponent | stored) - (8388608f + 8f);

    /// <summary>The integers of the lowest nibbles of a word's halves as a pair of bf16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint PairOfNibbles<TCore>(uint word) where TCore : struct, ITensorCore =>
        default(TCore).Add(default(TCore).Join(word, 0x000f000f, Pair128), PairMinus136);

    /// <summary>The signed integers in the lower bytes of a word's halves as a pair of bf16: seven bits behind the exponent, the sign in
    /// what is subtracted, 128 or 256.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint PairOfBytes<TCore>(uint word) where TCore : struct, ITensorCore =>
        default(TCore).Add(default(TCore).Join(word, 0x007f007f, Pair128), default(TCore).Join(word, 0x00800080, PairMinus128));
}
