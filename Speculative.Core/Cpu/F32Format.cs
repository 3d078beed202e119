using System.Runtime.CompilerServices;

namespace Speculative;

/// <summary>Single precision.</summary>
readonly unsafe struct F32Format : ICacheFormat
{
    public static int Size => sizeof(float);

    public static ActivationLayout Layout => ActivationLayout.Natural;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector First<TLanes, TVector>(byte* block) where TLanes : struct, ILanes<TVector> where TVector : struct =>
        TLanes.Load(block);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Second<TLanes, TVector>(byte* block) where TLanes : struct, ILanes<TVector> where TVector : struct =>
        TLanes.Load((float*)block + TLanes.Count);

    public static float Element(byte* source) => *(float*)source;

    public static float Largest => 0;

    public static void Write(float value, byte* target) => *(float*)target = value;
}
