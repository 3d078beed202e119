using System.Runtime.CompilerServices;
using ILGPU;

namespace Speculative;

/// <summary>Stored integers as f32. Put behind the exponent of 2^23 an integer is a float already, and a subtraction takes 2^23 and the
/// offset away: exact, and faster than a conversion.</summary>
static class QuantizedInteger
{
    const uint Exponent = 0x4B000000;

    /// <summary>What a byte of an int8 panel stores: itself less 128.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float OfByte(uint stored) => Interop.IntAsFloat(Exponent | stored) - (8388608f + 128f);

    /// <summary>What a nibble of an int4 panel stores: itself less 8.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float OfNibble(uint stored) => Interop.IntAsFloat(Exponent | stored) - (8388608f + 8f);
}
