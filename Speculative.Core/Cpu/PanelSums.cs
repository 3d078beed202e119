using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Speculative;

/// <summary>What the kernels share, for two vectors of outputs of one row: sums of floats, and sums of integers that become floats.</summary>
static unsafe class PanelSums<TLanes, TVector> where TLanes : struct, IPanelLanes<TVector> where TVector : struct
{
    /// <summary>How far ahead of the weights in use the next are asked for, in bytes.</summary>
    public const int Ahead = 1024;

    /// <summary>sum + weight * input, floats.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddFloats(TVector weight0, TVector weight1, byte* input, ref TVector sum0, ref TVector sum1)
    {
        TVector factor = TLanes.Broadcast(input);
        sum0 = TLanes.MultiplyAddFloats(weight0, factor, sum0);
        sum1 = TLanes.MultiplyAddFloats(weight1, factor, sum1);
    }

    /// <summary>Stores two neighbouring vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(TVector sum0, TVector sum1, float* totals)
    {
        TLanes.Store(sum0, totals);
        TLanes.Store(sum1, totals + TLanes.Count);
    }

    /// <summary>total + (float)sum * (weight scale * activation scale), for two vectors of outputs of one row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add(TVector sum0, TVector sum1, TVector scale0, TVector scale1, byte* activationScale, float* totals)
    {
        TVector factor = TLanes.Broadcast(activationScale);
        TLanes.Store(TLanes.MultiplyAdd(sum0, TLanes.Multiply(scale0, factor), TLanes.Load(totals)), totals);
        totals += TLanes.Count;
        TLanes.Store(TLanes.MultiplyAdd(sum1, TLanes.Multiply(scale1, factor), TLanes.Load(totals)), totals);
    }

    /// <summary>Asks for the two cache lines that lie <see cref="Ahead"/> of a step.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prefetch(byte* weights)
    {
        PrefetchLine(weights);
        PrefetchLine(weights + 64);
    }

    /// <summary>Asks for the cache line that lies <see cref="Ahead"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void PrefetchLine(byte* weights)
    {
        if (Sse.IsSupported)
            Sse.Prefetch0(weights + Ahead);
    }
}
