using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Speculative;

/// <summary>512-bit vectors of AVX-512 (F and BW).</summary>
readonly unsafe struct PanelLanes512 : IPanelLanes<Vector512<int>>
{
    public static int Count => Vector512<int>.Count;

    public static int ByteRows => 8;

    public static int FloatRows => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Load(void* source) => Vector512.Load((int*)source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<int> value, void* target) => value.Store((int*)target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Broadcast(void* fourBytes) => Vector512.Create(*(int*)fourBytes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Dot(Vector512<int> unsignedBytes, Vector512<int> signedBytes, Vector512<int> sum) =>
        sum + Sum(Pairs(unsignedBytes, signedBytes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> BeginPartial(Vector512<int> shorts) => shorts;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> DotPartial(Vector512<int> unsignedBytes, Vector512<int> signedBytes, Vector512<int> partial) =>
        (partial.AsInt16() + Pairs(unsignedBytes, signedBytes)).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> SumPartial(Vector512<int> partial) => Sum(partial.AsInt16());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> LowNibbles(Vector512<int> bytes) => bytes & Vector512.Create(0x0F0F0F0F);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> HighNibbles(Vector512<int> bytes) => Vector512.ShiftRightLogical(bytes, 4) & Vector512.Create(0x0F0F0F0F);

    /// <summary>
    /// Sign and magnitude go to a float's places; the product moves the exponent's bias from 15 to 127, also for subnormals.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Halves(void* source)
    {
        Vector512<uint> bits = Vector512.WidenLower(Vector256.Load((ushort*)source).ToVector512Unsafe());
        Vector512<uint> moved = Vector512.ShiftLeft(bits & Vector512.Create(0x8000u), 16)
            | Vector512.ShiftLeft(bits & Vector512.Create(0x7FFFu), 13);
        return (moved.AsSingle() * Vector512.Create(5.192296858534828e33f)).AsInt32();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Multiply(Vector512<int> left, Vector512<int> right) => (left.AsSingle() * right.AsSingle()).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> MultiplyAdd(Vector512<int> integer, Vector512<int> factor, Vector512<int> addend) =>
        Vector512.FusedMultiplyAdd(Vector512.ConvertToSingle(integer), factor.AsSingle(), addend.AsSingle()).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> MultiplyAddFloats(Vector512<int> left, Vector512<int> right, Vector512<int> addend) =>
        Vector512.FusedMultiplyAdd(left.AsSingle(), right.AsSingle(), addend.AsSingle()).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> LowerHalves(Vector512<int> value) => Vector512.ShiftLeft(value, 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> UpperHalves(Vector512<int> value) => value & Vector512.Create(unchecked((int)0xFFFF0000));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<short> Pairs(Vector512<int> left, Vector512<int> right) =>
        Avx512BW.MultiplyAddAdjacent(left.AsByte(), right.AsSByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<int> Sum(Vector512<short> shorts) => Avx512BW.MultiplyAddAdjacent(shorts.AsInt16(), Vector512<short>.One);
}
