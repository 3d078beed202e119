using System.Runtime.CompilerServices;

namespace Speculative;

/// <summary>
/// Two vectors as one: so that few rows, which leave registers free, take a whole step of weights at a time. Half a step would leave every
/// second cache line for a later round, and memory is read slower that way.
/// </summary>
readonly unsafe struct PanelLanesTwice<TLanes, TVector> : IPanelLanes<(TVector Low, TVector High)>
    where TLanes : struct, IPanelLanes<TVector>
    where TVector : struct
{
    public static int Count => 2 * TLanes.Count;

    public static int ByteRows => TLanes.ByteRows / 2;

    /// <summary>A third row of floats would leave no registers for the weights (256 bits, bf16: 0.7 times as fast).</summary>
    public static int FloatRows => ByteRows;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (TVector Low, TVector High) Load(void* source) => (TLanes.Load(source), TLanes.Load((byte*)source + Bytes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store((TVector Low, TVector High) value, void* target)
    {
        TLanes.Store(value.Low, target);
        TLanes.Store(value.High, (byte*)target + Bytes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (TVector Low, TVector High) Broadcast(void* fourBytes)
    {
        TVector both = TLanes.Broadcast(fourBytes);
        return (both, both);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (TVector Low, TVector High) Dot(
        (TVector Low, TVector High) unsignedBytes, (TVector Low, TVector High) signedBytes, (TVector Low, TVector High) sum) =>
        (TLanes.Dot(unsignedBytes.Low, signedBytes.Low, sum.Low), TLanes.Dot(unsignedBytes.High, signedBytes.High, sum.High));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (TVector Low, TVector High) BeginPartial((TVector Low, TVector High) shorts) =>
        (TLanes.BeginPartial(shorts.Low), TLanes.BeginPartial(shorts.High));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (TVector Low, TVector High) DotPartial(
        (TVector Low, TVector High) unsignedBytes, (TVector Low, TVector High) signedBytes, (TVector Low, TVector High) partial) =>
        (TLanes.DotPartial(unsignedBytes.Low, signedBytes.Low, partial.Low),
            TLanes.DotPartial(unsignedBytes.High, signedBytes.High, partial.High));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (TVector Low, TVector High) SumPartial((TVector Low, TVector High) partial) =>
        (TLanes.SumPartial(partial.Low), TLanes.SumPartial(partial.High));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (TVector Low, TVector High) LowNibbles((TVector Low, TVector High) bytes) =>
        (TLanes.LowNibbles(bytes.Low), TLanes.LowNibbles(bytes.High));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (TVector Low, TVector High) HighNibbles((TVector Low, TVector High) bytes) =>
        (TLanes.HighNibbles(bytes.Low), TLanes.HighNibbles(bytes.High));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (TVector Low, TVector High) Halves(void* source) =>
        (TLanes.Halves(source), TLanes.Halves((byte*)source + Bytes / 2));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (TVector Low, TVector High) Multiply((TVector Low, TVector High) left, (TVector Low, TVector High) right) =>
        (TLanes.Multiply(left.Low, right.Low), TLanes.Multiply(left.High, right.High));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (TVector Low, TVector High) MultiplyAdd(
        (TVector Low, TVector High) integer, (TVector Low, TVector High) factor, (TVector Low, TVector High) addend) =>
        (TLanes.MultiplyAdd(integer.Low, factor.Low, addend.Low), TLanes.MultiplyAdd(integer.High, factor.High, addend.High));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (TVector Low, TVector High) MultiplyAddFloats(
        (TVector Low, TVector High) left, (TVector Low, TVector High) right, (TVector Low, TVector High) addend) =>
        (TLanes.MultiplyAddFloats(left.Low, right.Low, addend.Low), TLanes.MultiplyAddFloats(left.High, right.High, addend.High));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (TVector Low, TVector High) LowerHalves((TVector Low, TVector High) value) =>
        (TLanes.LowerHalves(value.Low), TLanes.LowerHalves(value.High));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (TVector Low, TVector High) UpperHalves((TVector Low, TVector High) value) =>
        (TLanes.UpperHalves(value.Low), TLanes.UpperHalves(value.High));

    static int Bytes => TLanes.Count * sizeof(int);
}
