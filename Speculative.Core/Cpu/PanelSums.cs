using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Speculative;

/// <summary>What the kernels of integer formats share: sums of a group become floats, are scaled and added to a row's totals.</summary>
static unsafe class PanelSums<TLanes, TVector> where TLanes : struct, IPanelLanes<TVector> where TVector : struct
{
    /// <summary>How far ahead of the weights in use the next are asked for, in bytes.</summary>
    public const int Ahead = 1024;

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
