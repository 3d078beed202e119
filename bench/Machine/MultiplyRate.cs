using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Speculative.Bench.Machine;

/// <summary>How fast this machine multiplies and adds in registers: the floor under the time of a pass over many rows.</summary>
static unsafe class MultiplyRate
{
    const int Rounds = 2_000_000, Sums = 8;

    /// <summary>Fused multiply-adds of single-precision numbers a second.</summary>
    public static double Floats(int threads, CancellationToken cancellationToken) => PanelFormats.BestVectors switch
    {
        PanelVectors.Bits512 => Measure(threads, FloatRounds<PanelLanes512, Vector512<int>>, Sums * PanelLanes512.Count, cancellationToken),
        PanelVectors.Bits128 => Measure(threads, FloatRounds<PanelLanes128, Vector128<int>>, Sums * PanelLanes128.Count, cancellationToken),
        _ => Measure(threads, FloatRounds<PanelLanes256, Vector256<int>>, Sums * PanelLanes256.Count, cancellationToken),
    };

    /// <summary>
    /// Multiply-adds of bytes a second, in the way that quantized products take: neighbouring products added in 16 bits, then in 32, or
    /// both at once. 0 where the processor has no such instruction.
    /// </summary>
    public static double Bytes(int threads, CancellationToken cancellationToken) => PanelFormats.BestVectors switch
    {
        PanelVectors.Bits512 => Measure(threads, ByteRounds<PanelLanes512, Vector512<int>>, Sums * 64, cancellationToken),
        PanelVectors.Bits256Dot => Measure(threads, ByteRounds<PanelLanes256Dot, Vector256<int>>, Sums * 32, cancellationToken),
        PanelVectors.Bits256 => Measure(threads, ByteRounds<PanelLanes256, Vector256<int>>, Sums * 32, cancellationToken),
        _ => 0,
    };

    static double Measure(int threads, Action rounds, double perRound, CancellationToken cancellationToken)
    {
        double best = 0;
        for (int pass = 0; pass < 5; pass++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            best = Math.Max(best, threads * Rounds * perRound / Parallelly.Run(threads, _ => rounds()).TotalSeconds);
        }
        return best;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static void FloatRounds<TLanes, TVector>() where TLanes : struct, IPanelLanes<TVector> where TVector : struct
    {
        float half = 0.5f, one = 1;
        TVector a = TLanes.Broadcast(&half), b = TLanes.Broadcast(&one), s0 = b, s1 = b, s2 = b, s3 = b, s4 = b, s5 = b, s6 = b, s7 = b;
        for (int i = 0; i < Rounds; i++)
        {
            s0 = TLanes.MultiplyAddFloats(s0, a, b);
            s1 = TLanes.MultiplyAddFloats(s1, a, b);
            s2 = TLanes.MultiplyAddFloats(s2, a, b);
            s3 = TLanes.MultiplyAddFloats(s3, a, b);
            s4 = TLanes.MultiplyAddFloats(s4, a, b);
            s5 = TLanes.MultiplyAddFloats(s5, a, b);
            s6 = TLanes.MultiplyAddFloats(s6, a, b);
            s7 = TLanes.MultiplyAddFloats(s7, a, b);
        }
        Use(s0, s1, s2, s3, s4, s5, s6, s7);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static void ByteRounds<TLanes, TVector>() where TLanes : struct, IPanelLanes<TVector> where TVector : struct
    {
        int threes = 0x03030303;
        TVector w = TLanes.Broadcast(&threes), s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default,
            s6 = default, s7 = default;
        for (int i = 0; i < Rounds; i++)
        {
            s0 = TLanes.Dot(w, s0, s0);
            s1 = TLanes.Dot(w, s1, s1);
            s2 = TLanes.Dot(w, s2, s2);
            s3 = TLanes.Dot(w, s3, s3);
            s4 = TLanes.Dot(w, s4, s4);
            s5 = TLanes.Dot(w, s5, s5);
            s6 = TLanes.Dot(w, s6, s6);
            s7 = TLanes.Dot(w, s7, s7);
        }
        Use(s0, s1, s2, s3, s4, s5, s6, s7);
    }

    /// <summary>Keeps the compiler from dropping the sums: what it does with them is not seen where they are made.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    static void Use<TVector>(TVector s0, TVector s1, TVector s2, TVector s3, TVector s4, TVector s5, TVector s6, TVector s7)
    {
    }
}
