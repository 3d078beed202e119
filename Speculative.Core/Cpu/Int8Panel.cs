using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Speculative;

/// <summary>
/// Eight-bit weights, one half-precision scale for 32 inputs: w = scale * q, -127 to 127, stored as q + 128 so that the processor's
/// multiplication of unsigned with signed bytes applies. Activations have 129 levels: two neighbouring products, at most 2 * 255 * 64,
/// fit the 16 bits that it adds them in.
/// </summary>
readonly unsafe struct Int8Panel : IBlockPanelFormat, IRoundedFormat
{
    const int Offset = 128, Levels = 64, Bytes = PanelLayout.ScaleBytes + PanelLayout.Group / 4 * PanelLayout.StepBytes;

    public static int GroupBytes => Bytes;

    public static int ActivationBytes => RoundedActivations.Bytes;

    public static ElementType Stored => ElementType.Q8_0;

    public static ActivationLayout Layout => ActivationLayout.SevenBitBlocks;

    public static void Prepare(float* values, long stride, int rows, byte* group) =>
        RoundedActivations.Store<Int8Panel>(values, stride, rows, Levels, group);

    public static int Correction(Vector128<int> sums) => -Offset * Vector128.Sum(sums);

    public static void Pack(float* values, int output, byte* group)
    {
        float most = 0;
        for (int i = 0; i < PanelLayout.Group; i++)
            most = MathF.Max(most, MathF.Abs(values[i]));
        Half scale = (Half)(most / 127);
        float inverse = scale == Half.Zero ? 0 : 1 / (float)scale;
        WeightScales.Store(scale, output, group);
        byte* target = group + PanelLayout.ScaleBytes + output * 4;
        for (int i = 0; i < PanelLayout.Group; i++)
            target[i / 4 * PanelLayout.StepBytes + i % 4] = (byte)(Offset + Math.Clamp((int)MathF.Round(values[i] * inverse), -127, 127));
    }

    public static void Copy(byte* block, int output, byte* group)
    {
        WeightScales.Store(*(Half*)block, output, group);
        byte* levels = block + sizeof(ushort), target = group + PanelLayout.ScaleBytes + output * 4;
        for (int i = 0; i < PanelLayout.Group; i++)
            target[i / 4 * PanelLayout.StepBytes + i % 4] = (byte)(Offset + (sbyte)levels[i]);
    }

    public static void Unpack(byte* group, int output, byte* stored)
    {
        *(Half*)stored = WeightScales.Load(output, group);
        byte* levels = group + PanelLayout.ScaleBytes + output * 4;
        for (int i = 0; i < PanelLayout.Group; i++)
            stored[sizeof(ushort) + i] = (byte)(levels[i / 4 * PanelLayout.StepBytes + i % 4] - Offset);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)] // at full speed from the first call
    public static void Multiply<TRows, TLanes, TVector>(byte* weights, byte* activations, int groups, PanelPrefetch later, float* totals)
        where TRows : struct, IRowCount where TLanes : struct, IPanelLanes<TVector> where TVector : struct
    {
        byte* wanted = later.From(weights);
        nint advance = later.Advance(PanelSums<TRows, TLanes, TVector>.Part), scaleAdvance = later.Advance(PanelLayout.ScaleBytes);
        for (; groups > 0; groups--, weights += Bytes, activations += TRows.Count * RoundedActivations.Bytes)
        {
            PanelSums<TRows, TLanes, TVector>.PrefetchLine(wanted);
            wanted += scaleAdvance;
            for (int at = 0; at < PanelLayout.StepBytes; at += PanelSums<TRows, TLanes, TVector>.Part)
            {
                byte* w = weights + PanelLayout.ScaleBytes + at, x = activations, sums = x + TRows.Count * RoundedActivations.Corrections;
                PanelSums<TRows, TLanes, TVector>.Begin(sums, 0, out TVector a0, out TVector b0);
                PanelSums<TRows, TLanes, TVector>.Begin(sums, 1, out TVector a1, out TVector b1);
                PanelSums<TRows, TLanes, TVector>.Begin(sums, 2, out TVector a2, out TVector b2);
                PanelSums<TRows, TLanes, TVector>.Begin(sums, 3, out TVector a3, out TVector b3);
                PanelSums<TRows, TLanes, TVector>.Begin(sums, 4, out TVector a4, out TVector b4);
                PanelSums<TRows, TLanes, TVector>.Begin(sums, 5, out TVector a5, out TVector b5);
                PanelSums<TRows, TLanes, TVector>.Begin(sums, 6, out TVector a6, out TVector b6);
                PanelSums<TRows, TLanes, TVector>.Begin(sums, 7, out TVector a7, out TVector b7);
                for (; x < sums; x += PanelSums<TRows, TLanes, TVector>.Step, w += PanelLayout.StepBytes)
                {
                    PanelSums<TRows, TLanes, TVector>.Prefetch(ref wanted, advance);
                    TVector w0 = TLanes.Load(w), w1 = TLanes.Load(w + TLanes.Count * sizeof(int));
                    PanelSums<TRows, TLanes, TVector>.AddBytes(w0, w1, x, 0, ref a0, ref b0);
                    PanelSums<TRows, TLanes, TVector>.AddBytes(w0, w1, x, 1, ref a1, ref b1);
                    PanelSums<TRows, TLanes, TVector>.AddBytes(w0, w1, x, 2, ref a2, ref b2);
                    PanelSums<TRows, TLanes, TVector>.AddBytes(w0, w1, x, 3, ref a3, ref b3);
                    PanelSums<TRows, TLanes, TVector>.AddBytes(w0, w1, x, 4, ref a4, ref b4);
                    PanelSums<TRows, TLanes, TVector>.AddBytes(w0, w1, x, 5, ref a5, ref b5);
                    PanelSums<TRows, TLanes, TVector>.AddBytes(w0, w1, x, 6, ref a6, ref b6);
                    PanelSums<TRows, TLanes, TVector>.AddBytes(w0, w1, x, 7, ref a7, ref b7);
                }
                byte* scales = activations + TRows.Count * RoundedActivations.Scales;
                TVector s0 = TLanes.Halves(weights + at / 2), s1 = TLanes.Halves(weights + at / 2 + TLanes.Count * sizeof(ushort));
                float* t = totals + at / sizeof(float);
                PanelSums<TRows, TLanes, TVector>.Scale(a0, b0, s0, s1, scales, 0, t);
                PanelSums<TRows, TLanes, TVector>.Scale(a1, b1, s0, s1, scales, 1, t);
                PanelSums<TRows, TLanes, TVector>.Scale(a2, b2, s0, s1, scales, 2, t);
                PanelSums<TRows, TLanes, TVector>.Scale(a3, b3, s0, s1, scales, 3, t);
                PanelSums<TRows, TLanes, TVector>.Scale(a4, b4, s0, s1, scales, 4, t);
                PanelSums<TRows, TLanes, TVector>.Scale(a5, b5, s0, s1, scales, 5, t);
                PanelSums<TRows, TLanes, TVector>.Scale(a6, b6, s0, s1, scales, 6, t);
                PanelSums<TRows, TLanes, TVector>.Scale(a7, b7, s0, s1, scales, 7, t);
            }
        }
    }
}
