using System.Runtime.CompilerServices;

namespace Speculative;

/// <summary>Signed bytes from -127 to 127, to be multiplied by a scale that lies elsewhere.</summary>
readonly unsafe struct Int8Format : ICacheFormat
{
    public static int Size => sizeof(sbyte);

    public static ActivationLayout Layout => ActivationLayout.Natural;

    public static float Largest => sbyte.MaxValue;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector First<TLanes, TVector>(byte* block) where TLanes : struct, ILanes<TVector> where TVector : struct =>
        TLanes.SignedBytes(block);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Second<TLanes, TVector>(byte* block) where TLanes : struct, ILanes<TVector> where TVector : struct =>
        TLanes.SignedBytes(block + TLanes.Count);

    public static float Element(byte* source) => *(sbyte*)source;

    public static void Write(float value, byte* target) => *(sbyte*)target = (sbyte)MathF.Round(value);
}
