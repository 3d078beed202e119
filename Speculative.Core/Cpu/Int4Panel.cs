using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Speculative;

/// <summary>
/// Four-bit weights, one half-precision scale for 32 inputs: w = scale * (q - 8), 0 &lt;= q &lt;= 15. The low nibbles of a step hold the
/// first four of eight inputs, the high nibbles the others. A group's sums stay in 16 bits: they begin at -8 times the activations' sum, so
/// that they end at no more than 16 * 8 * 127, and additions before that may wrap.
/// </summary>
readonly unsafe struct Int4Panel : IPanelFormat
{
    const int Offset = 8, Levels = 127, Bytes = PanelLayout.ScaleBytes + PanelLayout.Group / 8 * PanelLayout.StepBytes;

    public static int GroupBytes => Bytes;

    public static int ActivationBytes => RoundedActivations.Bytes;

    public static ActivationLayout Layout => ActivationLayout.EightBitBlocks;

    public static void Prepare(float* values, int row, byte* group)
    {
        Vector128<int> sums = RoundedActivations.Store(values, Levels, row, group);
        RoundedActivations.Correct((ushort)(-Offset * (sums[0] + sums[1])) | -Offset * (sums[2] + sums[3]) << 16, row, group);
    }

    /// <summary>The scale of the number that is largest in magnitude reaches -8, as in llama.cpp's Q4_0.</summary>
    public static void Pack(float* values, int output, byte* group)
    {
        float most = 0;
        for (int i = 0; i < PanelLayout.Group; i++)
            if (MathF.Abs(values[i]) > MathF.Abs(most))
                most = values[i];
        Half scale = (Half)(most / -8);
        float inverse = scale == Half.Zero ? 0 : 1 / (float)scale;
        ((Half*)group)[output] = scale;
        byte* target = group + PanelLayout.ScaleBytes + output * 4;
        for (int i = 0; i < PanelLayout.Group; i++)
        {
            int level = Math.Clamp(Offset + (int)MathF.Round(values[i] * inverse), 0, 15), at = i / 8 * PanelLayout.StepBytes + i % 4;
            target[at] = (byte)(i % 8 < 4 ? level : target[at] | level << 4);
        }
    }

    public static void Multiply1<TLanes, TVector>(byte* weights, byte* activations, int groups, float* totals)
        where TLanes : struct, IPanelLanes<TVector> where TVector : struct
    {
        int pair = 2 * TLanes.Count * sizeof(int);
        for (; groups > 0; groups--, weights += Bytes, activations += RoundedActivations.Bytes)
        {
            PanelSums<TLanes, TVector>.PrefetchLine(weights);
            for (int at = 0; at < PanelLayout.StepBytes; at += pair)
            {
                byte* w = weights + PanelLayout.ScaleBytes + at, x = activations, sums = x + RoundedActivations.Corrections;
                TVector a0 = TLanes.Broadcast(sums), b0 = a0;
                for (; x < sums; x += 2 * PanelLayout.RowStepBytes, w += PanelLayout.StepBytes)
                {
                    PanelSums<TLanes, TVector>.Prefetch(w);
                    TVector w0 = TLanes.Load(w), w1 = TLanes.Load(w + TLanes.Count * sizeof(int));
                    TVector low0 = TLanes.LowNibbles(w0), low1 = TLanes.LowNibbles(w1);
                    Add<TLanes, TVector>(low0, low1, x, ref a0, ref b0);
                    TVector high0 = TLanes.HighNibbles(w0), high1 = TLanes.HighNibbles(w1);
                    byte* second = x + PanelLayout.RowStepBytes;
                    Add<TLanes, TVector>(high0, high1, second, ref a0, ref b0);
                }
                byte* scales = activations + RoundedActivations.Scales;
                TVector s0 = TLanes.Halves(weights + at / 2), s1 = TLanes.Halves(weights + at / 2 + TLanes.Count * sizeof(ushort));
                float* t = totals + at / sizeof(float);
                PanelSums<TLanes, TVector>.Add(TLanes.SumShorts(a0), TLanes.SumShorts(b0), s0, s1, scales, t);
            }
        }
    }

    public static void Multiply4<TLanes, TVector>(byte* weights, byte* activations, int groups, float* totals)
        where TLanes : struct, IPanelLanes<TVector> where TVector : struct
    {
        int pair = 2 * TLanes.Count * sizeof(int);
        for (; groups > 0; groups--, weights += Bytes, activations += RoundedActivations.Bytes)
        {
            PanelSums<TLanes, TVector>.PrefetchLine(weights);
            for (int at = 0; at < PanelLayout.StepBytes; at += pair)
            {
                byte* w = weights + PanelLayout.ScaleBytes + at, x = activations, sums = x + RoundedActivations.Corrections;
                TVector a0 = TLanes.Broadcast(sums), b0 = a0;
                TVector a1 = TLanes.Broadcast(sums + 4), b1 = a1;
                TVector a2 = TLanes.Broadcast(sums + 8), b2 = a2;
                TVector a3 = TLanes.Broadcast(sums + 12), b3 = a3;
                for (; x < sums; x += 2 * PanelLayout.RowStepBytes, w += PanelLayout.StepBytes)
                {
                    PanelSums<TLanes, TVector>.Prefetch(w);
                    TVector w0 = TLanes.Load(w), w1 = TLanes.Load(w + TLanes.Count * sizeof(int));
                    TVector low0 = TLanes.LowNibbles(w0), low1 = TLanes.LowNibbles(w1);
                    Add<TLanes, TVector>(low0, low1, x, ref a0, ref b0);
                    Add<TLanes, TVector>(low0, low1, x + 4, ref a1, ref b1);
                    Add<TLanes, TVector>(low0, low1, x + 8, ref a2, ref b2);
                    Add<TLanes, TVector>(low0, low1, x + 12, ref a3, ref b3);
                    TVector high0 = TLanes.HighNibbles(w0), high1 = TLanes.HighNibbles(w1);
                    byte* second = x + PanelLayout.RowStepBytes;
                    Add<TLanes, TVector>(high0, high1, second, ref a0, ref b0);
                    Add<TLanes, TVector>(high0, high1, second + 4, ref a1, ref b1);
                    Add<TLanes, TVector>(high0, high1, second + 8, ref a2, ref b2);
                    Add<TLanes, TVector>(high0, high1, second + 12, ref a3, ref b3);
                }
                byte* scales = activations + RoundedActivations.Scales;
                TVector s0 = TLanes.Halves(weights + at / 2), s1 = TLanes.Halves(weights + at / 2 + TLanes.Count * sizeof(ushort));
                float* t = totals + at / sizeof(float);
                PanelSums<TLanes, TVector>.Add(TLanes.SumShorts(a0), TLanes.SumShorts(b0), s0, s1, scales, t);
                PanelSums<TLanes, TVector>.Add(TLanes.SumShorts(a1), TLanes.SumShorts(b1), s0, s1, scales + 4, t + PanelLayout.Panel);
                PanelSums<TLanes, TVector>.Add(TLanes.SumShorts(a2), TLanes.SumShorts(b2), s0, s1, scales + 8, t + 2 * PanelLayout.Panel);
                PanelSums<TLanes, TVector>.Add(TLanes.SumShorts(a3), TLanes.SumShorts(b3), s0, s1, scales + 12, t + 3 * PanelLayout.Panel);
            }
        }
    }

    public static void Multiply8<TLanes, TVector>(byte* weights, byte* activations, int groups, float* totals)
        where TLanes : struct, IPanelLanes<TVector> where TVector : struct
    {
        int pair = 2 * TLanes.Count * sizeof(int);
        for (; groups > 0; groups--, weights += Bytes, activations += RoundedActivations.Bytes)
        {
            PanelSums<TLanes, TVector>.PrefetchLine(weights);
            for (int at = 0; at < PanelLayout.StepBytes; at += pair)
            {
                byte* w = weights + PanelLayout.ScaleBytes + at, x = activations, sums = x + RoundedActivations.Corrections;
                TVector a0 = TLanes.Broadcast(sums), b0 = a0;
                TVector a1 = TLanes.Broadcast(sums + 4), b1 = a1;
                TVector a2 = TLanes.Broadcast(sums + 8), b2 = a2;
                TVector a3 = TLanes.Broadcast(sums + 12), b3 = a3;
                TVector a4 = TLanes.Broadcast(sums + 16), b4 = a4;
                TVector a5 = TLanes.Broadcast(sums + 20), b5 = a5;
                TVector a6 = TLanes.Broadcast(sums + 24), b6 = a6;
                TVector a7 = TLanes.Broadcast(sums + 28), b7 = a7;
                for (; x < sums; x += 2 * PanelLayout.RowStepBytes, w += PanelLayout.StepBytes)
                {
                    PanelSums<TLanes, TVector>.Prefetch(w);
                    TVector w0 = TLanes.Load(w), w1 = TLanes.Load(w + TLanes.Count * sizeof(int));
                    TVector low0 = TLanes.LowNibbles(w0), low1 = TLanes.LowNibbles(w1);
                    Add<TLanes, TVector>(low0, low1, x, ref a0, ref b0);
                    Add<TLanes, TVector>(low0, low1, x + 4, ref a1, ref b1);
                    Add<TLanes, TVector>(low0, low1, x + 8, ref a2, ref b2);
                    Add<TLanes, TVector>(low0, low1, x + 12, ref a3, ref b3);
                    Add<TLanes, TVector>(low0, low1, x + 16, ref a4, ref b4);
                    Add<TLanes, TVector>(low0, low1, x + 20, ref a5, ref b5);
                    Add<TLanes, TVector>(low0, low1, x + 24, ref a6, ref b6);
                    Add<TLanes, TVector>(low0, low1, x + 28, ref a7, ref b7);
                    TVector high0 = TLanes.HighNibbles(w0), high1 = TLanes.HighNibbles(w1);
                    byte* second = x + PanelLayout.RowStepBytes;
                    Add<TLanes, TVector>(high0, high1, second, ref a0, ref b0);
                    Add<TLanes, TVector>(high0, high1, second + 4, ref a1, ref b1);
                    Add<TLanes, TVector>(high0, high1, second + 8, ref a2, ref b2);
                    Add<TLanes, TVector>(high0, high1, second + 12, ref a3, ref b3);
                    Add<TLanes, TVector>(high0, high1, second + 16, ref a4, ref b4);
                    Add<TLanes, TVector>(high0, high1, second + 20, ref a5, ref b5);
                    Add<TLanes, TVector>(high0, high1, second + 24, ref a6, ref b6);
                    Add<TLanes, TVector>(high0, high1, second + 28, ref a7, ref b7);
                }
                byte* scales = activations + RoundedActivations.Scales;
                TVector s0 = TLanes.Halves(weights + at / 2), s1 = TLanes.Halves(weights + at / 2 + TLanes.Count * sizeof(ushort));
                float* t = totals + at / sizeof(float);
                PanelSums<TLanes, TVector>.Add(TLanes.SumShorts(a0), TLanes.SumShorts(b0), s0, s1, scales, t);
                PanelSums<TLanes, TVector>.Add(TLanes.SumShorts(a1), TLanes.SumShorts(b1), s0, s1, scales + 4, t + PanelLayout.Panel);
                PanelSums<TLanes, TVector>.Add(TLanes.SumShorts(a2), TLanes.SumShorts(b2), s0, s1, scales + 8, t + 2 * PanelLayout.Panel);
                PanelSums<TLanes, TVector>.Add(TLanes.SumShorts(a3), TLanes.SumShorts(b3), s0, s1, scales + 12, t + 3 * PanelLayout.Panel);
                PanelSums<TLanes, TVector>.Add(TLanes.SumShorts(a4), TLanes.SumShorts(b4), s0, s1, scales + 16, t + 4 * PanelLayout.Panel);
                PanelSums<TLanes, TVector>.Add(TLanes.SumShorts(a5), TLanes.SumShorts(b5), s0, s1, scales + 20, t + 5 * PanelLayout.Panel);
                PanelSums<TLanes, TVector>.Add(TLanes.SumShorts(a6), TLanes.SumShorts(b6), s0, s1, scales + 24, t + 6 * PanelLayout.Panel);
                PanelSums<TLanes, TVector>.Add(TLanes.SumShorts(a7), TLanes.SumShorts(b7), s0, s1, scales + 28, t + 7 * PanelLayout.Panel);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Add<TLanes, TVector>(TVector w0, TVector w1, byte* x, ref TVector sum0, ref TVector sum1)
        where TLanes : struct, IPanelLanes<TVector> where TVector : struct
    {
        TVector quad = TLanes.Broadcast(x);
        sum0 = TLanes.AddShorts(sum0, TLanes.MultiplyPairs(w0, quad));
        sum1 = TLanes.AddShorts(sum1, TLanes.MultiplyPairs(w1, quad));
    }
}
