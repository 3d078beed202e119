using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Speculative;

/// <summary>256-bit vectors of AVX2.</summary>
readonly unsafe struct PanelLanes256 : IPanelLanes<Vector256<int>>
{
    public static int Count => Vector256<int>.Count;

    public static int ByteRows => 4;

    public static int FloatRows => 6;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Load(void* source) => Vector256.Load((int*)source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<int> value, void* target) => value.Store((int*)target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Broadcast(void* fourBytes) => Vector256.Create(*(int*)fourBytes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Dot(Vector256<int> unsignedBytes, Vector256<int> signedBytes, Vector256<int> sum) =>
        sum + Sum(Pairs(unsignedBytes, signedBytes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> BeginPartial(Vector256<int> shorts) => shorts;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> DotPartial(Vector256<int> unsignedBytes, Vector256<int> signedBytes, Vector256<int> partial) =>
        (partial.AsInt16() + Pairs(unsignedBytes, signedBytes)).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> SumPartial(Vector256<int> partial) => Sum(partial.AsInt16());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> LowNibbles(Vector256<int> bytes) => bytes & Vector256.Create(0x0F0F0F0F);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> HighNibbles(Vector256<int> bytes) => Vector256.ShiftRightLogical(bytes, 4) & Vector256.Create(0x0F0F0F0F);

    /// <summary>
    /// Sign and magnitude go to a float's places; the product moves the exponent's bias from 15 to 127, also for subnormals.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Halves(void* source)
    {
        Vector256<uint> bits = Vector256.WidenLower(Vector128.Load((ushort*)source).ToVector256Unsafe());
        Vector256<uint> moved = Vector256.ShiftLeft(bits & Vector256.Create(0x8000u), 16)
            | Vector256.ShiftLeft(bits & Vector256.Create(0x7FFFu), 13);
        return (moved.AsSingle() * Vector256.Create(5.192296858534828e33f)).AsInt32();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Multiply(Vector256<int> left, Vector256<int> right) => (left.AsSingle() * right.AsSingle()).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> MultiplyAdd(Vector256<int> integer, Vector256<int> factor, Vector256<int> addend) =>
        Vector256.FusedMultiplyAdd(Vector256.ConvertToSingle(integer), factor.AsSingle(), addend.AsSingle()).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> MultiplyAddFloats(Vector256<int> left, Vector256<int> right, Vector256<int> addend) =>
        Vector256.FusedMultiplyAdd(left.AsSingle(), right.AsSingle(), addend.AsSingle()).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> LowerHalves(Vector256<int> value) => Vector256.ShiftLeft(value, 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> UpperHalves(Vector256<int> value) => value & Vector256.Create(unchecked((int)0xFFFF0000));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<short> Pairs(Vector256<int> left, Vector256<int> right) => Avx2.MultiplyAddAdjacent(left.AsByte(), right.AsSByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<int> Sum(Vector256<short> shorts) => Avx2.MultiplyAddAdjacent(shorts.AsInt16(), Vector256<short>.One);
}
