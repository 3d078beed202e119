using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Speculative;

/// <summary>128-bit vectors, on any processor.</summary>
readonly unsafe struct PanelLanes128 : IPanelLanes<Vector128<int>>
{
    public static int Count => Vector128<int>.Count;

    public static int ByteRows => 4;

    public static int FloatRows => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Load(void* source) => Vector128.Load((int*)source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector128<int> value, void* target) => value.Store((int*)target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Broadcast(void* fourBytes) => Vector128.Create(*(int*)fourBytes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Dot(Vector128<int> unsignedBytes, Vector128<int> signedBytes, Vector128<int> sum) =>
        sum + Sum(Pairs(unsignedBytes, signedBytes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> BeginPartial(Vector128<int> shorts) => shorts;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> DotPartial(Vector128<int> unsignedBytes, Vector128<int> signedBytes, Vector128<int> partial) =>
        (partial.AsInt16() + Pairs(unsignedBytes, signedBytes)).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> SumPartial(Vector128<int> partial) => Sum(partial.AsInt16());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> LowNibbles(Vector128<int> bytes) => bytes & Vector128.Create(0x0F0F0F0F);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> HighNibbles(Vector128<int> bytes) => Vector128.ShiftRightLogical(bytes, 4) & Vector128.Create(0x0F0F0F0F);

    /// <summary>
    /// Sign and magnitude go to a float's places; the product moves the exponent's bias from 15 to 127, also for subnormals.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Halves(void* source)
    {
        Vector128<uint> bits = Vector128.WidenLower(Vector128.CreateScalar(*(ulong*)source).AsUInt16());
        Vector128<uint> moved = Vector128.ShiftLeft(bits & Vector128.Create(0x8000u), 16)
            | Vector128.ShiftLeft(bits & Vector128.Create(0x7FFFu), 13);
        return (moved.AsSingle() * Vector128.Create(5.192296858534828e33f)).AsInt32();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Multiply(Vector128<int> left, Vector128<int> right) => (left.AsSingle() * right.AsSingle()).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> MultiplyAdd(Vector128<int> integer, Vector128<int> factor, Vector128<int> addend) =>
        Vector128.FusedMultiplyAdd(Vector128.ConvertToSingle(integer), factor.AsSingle(), addend.AsSingle()).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> MultiplyAddFloats(Vector128<int> left, Vector128<int> right, Vector128<int> addend) =>
        Vector128.FusedMultiplyAdd(left.AsSingle(), right.AsSingle(), addend.AsSingle()).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> LowerHalves(Vector128<int> value) => Vector128.ShiftLeft(value, 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> UpperHalves(Vector128<int> value) => value & Vector128.Create(unchecked((int)0xFFFF0000));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<short> Pairs(Vector128<int> left, Vector128<int> right) =>
        Ssse3.IsSupported ? Ssse3.MultiplyAddAdjacent(left.AsByte(), right.AsSByte()) : PortablePairs(left, right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<int> Sum(Vector128<short> shorts) =>
        Sse2.IsSupported ? Sse2.MultiplyAddAdjacent(shorts, Vector128<short>.One)
        : AdvSimd.IsSupported ? AdvSimd.AddPairwiseWidening(shorts)
        : Adjacent(shorts);

    /// <summary>What Ssse3.MultiplyAddAdjacent computes, where the sums fit.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<short> PortablePairs(Vector128<int> left, Vector128<int> right)
    {
        (Vector128<ushort> l0, Vector128<ushort> l1) = Vector128.Widen(left.AsByte());
        (Vector128<short> r0, Vector128<short> r1) = Vector128.Widen(right.AsSByte());
        Vector128<short> low = l0.AsInt16() * r0, high = l1.AsInt16() * r1;
        return AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.AddPairwise(low, high) : Vector128.Narrow(Adjacent(low), Adjacent(high));
    }

    /// <summary>Per lane: the sum of its two 16-bit integers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Adjacent(Vector128<short> shorts) =>
        Vector128.ShiftRightArithmetic(Vector128.ShiftLeft(shorts.AsInt32(), 16), 16)
        + Vector128.ShiftRightArithmetic(shorts.AsInt32(), 16);
}
