using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Speculative;

/// <summary>
/// Eight-bit weights, one half-precision scale for 32 inputs: w = scale * q, -127 to 127, stored as q + 128 so that the processor's
/// multiplication of unsigned with signed bytes applies. Activations have 129 levels: two neighbouring products, at most 2 * 255 * 64,
/// fit the 16 bits that it adds them in.
/// </summary>
readonly unsafe struct Int8Panel : IPanelFormat
{
    const int Offset = 128, Levels = 64, Bytes = PanelLayout.ScaleBytes + PanelLayout.Group / 4 * PanelLayout.StepBytes;

    public static int GroupBytes => Bytes;

    public static int ActivationBytes => RoundedActivations.Bytes;

    public static ActivationLayout Layout => ActivationLayout.SevenBitBlocks;

    public static void Prepare(float* values, int row, byte* group) =>
        RoundedActivations.Correct(-Offset * Vector128.Sum(RoundedActivations.Store(values, Levels, row, group)), row, group);

    public static void Pack(float* values, int output, byte* group)
    {
        float most = 0;
        for (int i = 0; i < PanelLayout.Group; i++)
            most = MathF.Max(most, MathF.Abs(values[i]));
        Half scale = (Half)(most / 127);
        float inverse = scale == Half.Zero ? 0 : 1 / (float)scale;
        ((Half*)group)[output] = scale;
        byte* target = group + PanelLayout.ScaleBytes + output * 4;
        for (int i = 0; i < PanelLayout.Group; i++)
            target[i / 4 * PanelLayout.StepBytes + i % 4] = (byte)(Offset + Math.Clamp((int)MathF.Round(values[i] * inverse), -127, 127));
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
                for (; x < sums; x += PanelLayout.RowStepBytes, w += PanelLayout.StepBytes)
                {
                    PanelSums<TLanes, TVector>.Prefetch(w);
                    TVector w0 = TLanes.Load(w), w1 = TLanes.Load(w + TLanes.Count * sizeof(int));
                    Add<TLanes, TVector>(w0, w1, x, ref a0, ref b0);
                }
                byte* scales = activations + RoundedActivations.Scales;
                TVector s0 = TLanes.Halves(weights + at / 2), s1 = TLanes.Halves(weights + at / 2 + TLanes.Count * sizeof(ushort));
                float* t = totals + at / sizeof(float);
                PanelSums<TLanes, TVector>.Add(a0, b0, s0, s1, scales, t);
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
                for (; x < sums; x += PanelLayout.RowStepBytes, w += PanelLayout.StepBytes)
                {
                    PanelSums<TLanes, TVector>.Prefetch(w);
                    TVector w0 = TLanes.Load(w), w1 = TLanes.Load(w + TLanes.Count * sizeof(int));
                    Add<TLanes, TVector>(w0, w1, x, ref a0, ref b0);
                    Add<TLanes, TVector>(w0, w1, x + 4, ref a1, ref b1);
                    Add<TLanes, TVector>(w0, w1, x + 8, ref a2, ref b2);
                    Add<TLanes, TVector>(w0, w1, x + 12, ref a3, ref b3);
                }
                byte* scales = activations + RoundedActivations.Scales;
                TVector s0 = TLanes.Halves(weights + at / 2), s1 = TLanes.Halves(weights + at / 2 + TLanes.Count * sizeof(ushort));
                float* t = totals + at / sizeof(float);
                PanelSums<TLanes, TVector>.Add(a0, b0, s0, s1, scales, t);
                PanelSums<TLanes, TVector>.Add(a1, b1, s0, s1, scales + 4, t + PanelLayout.Panel);
                PanelSums<TLanes, TVector>.Add(a2, b2, s0, s1, scales + 8, t + 2 * PanelLayout.Panel);
                PanelSums<TLanes, TVector>.Add(a3, b3, s0, s1, scales + 12, t + 3 * PanelLayout.Panel);
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
                for (; x < sums; x += PanelLayout.RowStepBytes, w += PanelLayout.StepBytes)
                {
                    PanelSums<TLanes, TVector>.Prefetch(w);
                    TVector w0 = TLanes.Load(w), w1 = TLanes.Load(w + TLanes.Count * sizeof(int));
                    Add<TLanes, TVector>(w0, w1, x, ref a0, ref b0);
                    Add<TLanes, TVector>(w0, w1, x + 4, ref a1, ref b1);
                    Add<TLanes, TVector>(w0, w1, x + 8, ref a2, ref b2);
                    Add<TLanes, TVector>(w0, w1, x + 12, ref a3, ref b3);
                    Add<TLanes, TVector>(w0, w1, x + 16, ref a4, ref b4);
                    Add<TLanes, TVector>(w0, w1, x + 20, ref a5, ref b5);
                    Add<TLanes, TVector>(w0, w1, x + 24, ref a6, ref b6);
                    Add<TLanes, TVector>(w0, w1, x + 28, ref a7, ref b7);
                }
                byte* scales = activations + RoundedActivations.Scales;
                TVector s0 = TLanes.Halves(weights + at / 2), s1 = TLanes.Halves(weights + at / 2 + TLanes.Count * sizeof(ushort));
                float* t = totals + at / sizeof(float);
                PanelSums<TLanes, TVector>.Add(a0, b0, s0, s1, scales, t);
                PanelSums<TLanes, TVector>.Add(a1, b1, s0, s1, scales + 4, t + PanelLayout.Panel);
                PanelSums<TLanes, TVector>.Add(a2, b2, s0, s1, scales + 8, t + 2 * PanelLayout.Panel);
                PanelSums<TLanes, TVector>.Add(a3, b3, s0, s1, scales + 12, t + 3 * PanelLayout.Panel);
                PanelSums<TLanes, TVector>.Add(a4, b4, s0, s1, scales + 16, t + 4 * PanelLayout.Panel);
                PanelSums<TLanes, TVector>.Add(a5, b5, s0, s1, scales + 20, t + 5 * PanelLayout.Panel);
                PanelSums<TLanes, TVector>.Add(a6, b6, s0, s1, scales + 24, t + 6 * PanelLayout.Panel);
                PanelSums<TLanes, TVector>.Add(a7, b7, s0, s1, scales + 28, t + 7 * PanelLayout.Panel);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Add<TLanes, TVector>(TVector w0, TVector w1, byte* x, ref TVector sum0, ref TVector sum1)
        where TLanes : struct, IPanelLanes<TVector> where TVector : struct
    {
        TVector quad = TLanes.Broadcast(x);
        sum0 = TLanes.Dot(w0, quad, sum0);
        sum1 = TLanes.Dot(w1, quad, sum1);
    }
}
