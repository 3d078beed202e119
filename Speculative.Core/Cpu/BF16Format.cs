using System.Runtime.CompilerServices;

namespace Speculative;

/// <summary>The upper halves of singles, widened in registers: exact.</summary>
readonly unsafe struct BF16Format : ICacheFormat
{
    public static int Size => sizeof(ushort);

    public static ActivationLayout Layout => ActivationLayout.EvenOdd;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector First<TLanes, TVector>(byte* block) where TLanes : struct, ILanes<TVector> where TVector : struct =>
        TLanes.ShiftLeft(TLanes.Load(block), 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Second<TLanes, TVector>(byte* block) where TLanes : struct, ILanes<TVector> where TVector : struct =>
        TLanes.And(TLanes.Load(block), 0xFFFF0000);

    public static float Element(byte* source) => BitConverter.UInt32BitsToSingle((uint)*(ushort*)source << 16);

    public static float Largest => 0;

    public static void Write(float value, byte* target) => *(ushort*)target = Round(value);

    /// <summary>The nearest number of this format, ties to even; NaN stays NaN.</summary>
    public static ushort Round(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return (ushort)(float.IsNaN(value) ? bits >> 16 | 0x40 : bits + 0x7FFF + (bits >> 16 & 1) >> 16);
    }
}
