using System.Runtime.CompilerServices;

namespace Speculative;

/// <summary>Half precision, widened in registers: exact, subnormals, infinities and NaN included.</summary>
readonly unsafe struct F16Format : IWeightFormat
{
    public static int Size => sizeof(ushort);

    public static ActivationLayout Layout => ActivationLayout.EvenOdd;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector First<TLanes, TVector>(byte* block) where TLanes : struct, ILanes<TVector> where TVector : struct =>
        WidenUpper<TLanes, TVector>(TLanes.ShiftLeft(TLanes.Load(block), 16));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Second<TLanes, TVector>(byte* block) where TLanes : struct, ILanes<TVector> where TVector : struct =>
        WidenUpper<TLanes, TVector>(TLanes.Load(block));

    public static float Element(byte* source) => (float)*(Half*)source;

    /// <summary>
    /// Widens the halves in the upper 16 bits: exponent and mantissa go to their places in a single, a product by 2^112 corrects the bias
    /// (and normalises subnormals), the largest exponent is restored for infinities and NaN.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TVector WidenUpper<TLanes, TVector>(TVector upper) where TLanes : struct, ILanes<TVector> where TVector : struct
    {
        TVector magnitude = TLanes.ShiftRight(TLanes.And(upper, 0x7FFF0000), 3);
        TVector notFinite = TLanes.And(TLanes.NotBelow(magnitude, TLanes.Broadcast(BitConverter.UInt32BitsToSingle(0x0F800000))),
            0x7F800000);
        TVector value = TLanes.Multiply(magnitude, TLanes.Broadcast(BitConverter.UInt32BitsToSingle(0x77800000)));
        return TLanes.Or(TLanes.Or(value, notFinite), TLanes.And(upper, 0x80000000));
    }
}
