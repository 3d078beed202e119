using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Speculative.Bench.Machine;

/// <summary>How fast this machine multiplies and adds in registers: the floor under the time of a pass over many rows.</summary>
static class MultiplyRate
{
    const int Rounds = 2_000_000, Sums = 8;

    /// <summary>Fused multiply-adds of single-precision numbers a second.</summary>
    public static double Floats(int threads, CancellationToken cancellationToken) =>
        Vector512.IsHardwareAccelerated ? Measure(threads, FloatRounds512, Sums * Vector512<float>.Count, cancellationToken)
        : Measure(threads, FloatRounds, Sums * Vector<float>.Count, cancellationToken);

    /// <summary>
    /// Multiply-adds of bytes a second, in the way that quantized products take: neighbouring products added in 16 bits, then in 32, or
    /// both at once. 0 where the processor has no such instruction.
    /// </summary>
    public static double Bytes(int threads, CancellationToken cancellationToken) =>
        Avx512BW.IsSupported ? Measure(threads, ByteRounds512, Sums * 64, cancellationToken)
        : AvxVnni.IsSupported ? Measure(threads, DotRounds256, Sums * 32, cancellationToken)
        : Avx2.IsSupported ? Measure(threads, ByteRounds256, Sums * 32, cancellationToken) : 0;

    /// <summary>The rate that limits products in a number format.</summary>
    public static double Of(Precision precision, int threads, CancellationToken cancellationToken) =>
        precision is Precision.Int8 or Precision.Int4 ? Bytes(threads, cancellationToken) : Floats(threads, cancellationToken);

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
    static void FloatRounds512()
    {
        Vector512<float> a = Vector512.Create(0.5f), b = Vector512<float>.One;
        Vector512<float> s0 = b, s1 = b, s2 = b, s3 = b, s4 = b, s5 = b, s6 = b, s7 = b;
        for (int i = 0; i < Rounds; i++)
        {
            s0 = Vector512.FusedMultiplyAdd(s0, a, b);
            s1 = Vector512.FusedMultiplyAdd(s1, a, b);
            s2 = Vector512.FusedMultiplyAdd(s2, a, b);
            s3 = Vector512.FusedMultiplyAdd(s3, a, b);
            s4 = Vector512.FusedMultiplyAdd(s4, a, b);
            s5 = Vector512.FusedMultiplyAdd(s5, a, b);
            s6 = Vector512.FusedMultiplyAdd(s6, a, b);
            s7 = Vector512.FusedMultiplyAdd(s7, a, b);
        }
        Use(Vector512.Sum(s0 + s1 + (s2 + s3) + (s4 + s5 + (s6 + s7))));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static void FloatRounds()
    {
        Vector<float> a = new(0.5f), b = new(1), s0 = b, s1 = b, s2 = b, s3 = b, s4 = b, s5 = b, s6 = b, s7 = b;
        for (int i = 0; i < Rounds; i++)
        {
            s0 = Vector.FusedMultiplyAdd(s0, a, b);
            s1 = Vector.FusedMultiplyAdd(s1, a, b);
            s2 = Vector.FusedMultiplyAdd(s2, a, b);
            s3 = Vector.FusedMultiplyAdd(s3, a, b);
            s4 = Vector.FusedMultiplyAdd(s4, a, b);
            s5 = Vector.FusedMultiplyAdd(s5, a, b);
            s6 = Vector.FusedMultiplyAdd(s6, a, b);
            s7 = Vector.FusedMultiplyAdd(s7, a, b);
        }
        Use(Vector.Sum(s0 + s1 + (s2 + s3) + (s4 + s5 + (s6 + s7))));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static void ByteRounds512()
    {
        Vector512<byte> w = Vector512.Create((byte)3);
        Vector512<short> one = Vector512<short>.One;
        Vector512<int> s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default;
        for (int i = 0; i < Rounds; i++)
        {
            s0 += Avx512BW.MultiplyAddAdjacent(Avx512BW.MultiplyAddAdjacent(w, s0.AsSByte()), one);
            s1 += Avx512BW.MultiplyAddAdjacent(Avx512BW.MultiplyAddAdjacent(w, s1.AsSByte()), one);
            s2 += Avx512BW.MultiplyAddAdjacent(Avx512BW.MultiplyAddAdjacent(w, s2.AsSByte()), one);
            s3 += Avx512BW.MultiplyAddAdjacent(Avx512BW.MultiplyAddAdjacent(w, s3.AsSByte()), one);
            s4 += Avx512BW.MultiplyAddAdjacent(Avx512BW.MultiplyAddAdjacent(w, s4.AsSByte()), one);
            s5 += Avx512BW.MultiplyAddAdjacent(Avx512BW.MultiplyAddAdjacent(w, s5.AsSByte()), one);
            s6 += Avx512BW.MultiplyAddAdjacent(Avx512BW.MultiplyAddAdjacent(w, s6.AsSByte()), one);
            s7 += Avx512BW.MultiplyAddAdjacent(Avx512BW.MultiplyAddAdjacent(w, s7.AsSByte()), one);
        }
        Use(Vector512.Sum(s0 + s1 + (s2 + s3) + (s4 + s5 + (s6 + s7))));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static void ByteRounds256()
    {
        Vector256<byte> w = Vector256.Create((byte)3);
        Vector256<short> one = Vector256<short>.One;
        Vector256<int> s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default;
        for (int i = 0; i < Rounds; i++)
        {
            s0 += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(w, s0.AsSByte()), one);
            s1 += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(w, s1.AsSByte()), one);
            s2 += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(w, s2.AsSByte()), one);
            s3 += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(w, s3.AsSByte()), one);
            s4 += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(w, s4.AsSByte()), one);
            s5 += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(w, s5.AsSByte()), one);
            s6 += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(w, s6.AsSByte()), one);
            s7 += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(w, s7.AsSByte()), one);
        }
        Use(Vector256.Sum(s0 + s1 + (s2 + s3) + (s4 + s5 + (s6 + s7))));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static void DotRounds256()
    {
        Vector256<byte> w = Vector256.Create((byte)3);
        Vector256<int> s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default;
        for (int i = 0; i < Rounds; i++)
        {
            s0 = AvxVnni.MultiplyWideningAndAdd(s0, w, s0.AsSByte());
            s1 = AvxVnni.MultiplyWideningAndAdd(s1, w, s1.AsSByte());
            s2 = AvxVnni.MultiplyWideningAndAdd(s2, w, s2.AsSByte());
            s3 = AvxVnni.MultiplyWideningAndAdd(s3, w, s3.AsSByte());
            s4 = AvxVnni.MultiplyWideningAndAdd(s4, w, s4.AsSByte());
            s5 = AvxVnni.MultiplyWideningAndAdd(s5, w, s5.AsSByte());
            s6 = AvxVnni.MultiplyWideningAndAdd(s6, w, s6.AsSByte());
            s7 = AvxVnni.MultiplyWideningAndAdd(s7, w, s7.AsSByte());
        }
        Use(Vector256.Sum(s0 + s1 + (s2 + s3) + (s4 + s5 + (s6 + s7))));
    }

    /// <summary>Keeps the compiler from dropping the sums.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    static void Use(float sum) => GC.KeepAlive(sum);
}
