using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Speculative;

/// <summary>
/// 256-bit vectors of AVX-VNNI, which multiplies four bytes and adds them to 32 bits in one instruction where <see cref="PanelLanes256"/>
/// takes three.
/// </summary>
readonly unsafe struct PanelLanes256Dot : IPanelLanes<Vector256<int>>
{
    public static int Count => PanelLanes256.Count;

    public static int ByteRows => PanelLanes256.ByteRows;

    public static int FloatRows => PanelLanes256.FloatRows;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Load(void* source) => PanelLanes256.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<int> value, void* target) => PanelLanes256.Store(value, target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Broadcast(void* fourBytes) => PanelLanes256.Broadcast(fourBytes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Dot(Vector256<int> unsignedBytes, Vector256<int> signedBytes, Vector256<int> sum) =>
        AvxVnni.MultiplyWideningAndAdd(sum, unsignedBytes.AsByte(), signedBytes.AsSByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> BeginPartial(Vector256<int> shorts) => PanelLanes256.SumPartial(shorts);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> DotPartial(Vector256<int> unsignedBytes, Vector256<int> signedBytes, Vector256<int> partial) =>
        Dot(unsignedBytes, signedBytes, partial);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> SumPartial(Vector256<int> partial) => partial;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> LowNibbles(Vector256<int> bytes) => PanelLanes256.LowNibbles(bytes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> HighNibbles(Vector256<int> bytes) => PanelLanes256.HighNibbles(bytes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Halves(void* source) => PanelLanes256.Halves(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Multiply(Vector256<int> left, Vector256<int> right) => PanelLanes256.Multiply(left, right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> MultiplyAdd(Vector256<int> integer, Vector256<int> factor, Vector256<int> addend) =>
        PanelLanes256.MultiplyAdd(integer, factor, addend);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> MultiplyAddFloats(Vector256<int> left, Vector256<int> right, Vector256<int> addend) =>
        PanelLanes256.MultiplyAddFloats(left, right, addend);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> LowerHalves(Vector256<int> value) => PanelLanes256.LowerHalves(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> UpperHalves(Vector256<int> value) => PanelLanes256.UpperHalves(value);
}
