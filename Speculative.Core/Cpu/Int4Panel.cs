using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Speculative;

/// <summary>
/// Four-bit weights, one half-precision scale for 32 inputs: w = scale * (q - 8), 0 &lt;= q &lt;= 15. The low nibbles of a step hold the
/// first four of eight inputs, the high nibbles the others. A group's sums fit 16 bits: they begin at -8 times the activations' sum, so
/// that they end at no more than 16 * 8 * 127, and additions before that may wrap.
/// </summary>
readonly unsafe struct Int4Panel : IBlockPanelFormat, IRoundedFormat
{
    const int Offset = 8, Levels = 127, Bytes = PanelLayout.ScaleBytes + PanelLayout.Group / 8 * PanelLayout.StepBytes;

    public static int GroupBytes => Bytes;

    public static int ActivationBytes => RoundedActivations.Bytes;

    public static ElementType Stored => ElementType.Q4_0;

    public static ActivationLayout Layout => ActivationLayout.EightBitBlocks;

    public static void Prepare(float* values, long stride, int rows, byte* group) =>
        RoundedActivations.Store<Int4Panel>(values, stride, rows, Levels, group);

    public static int Correction(Vector128<int> sums) => (ushort)(-Offset * (sums[0] + sums[1])) | -Offset * (sums[2] + sums[3]) << 16;

    /// <summary>The scale of the number that is largest in magnitude reaches -8, as in llama.cpp's Q4_0.</summary>
    public static void Pack(float* values, int output, byte* group)
    {
        float most = 0;
        for (int i = 0; i < PanelLayout.Group; i++)
            if (MathF.Abs(values[i]) > MathF.Abs(most) || float.IsNaN(values[i]))
                most = values[i]; // NaN stays, and its scale is refused
        Half scale = (Half)(most / -8);
        float inverse = scale == Half.Zero ? 0 : 1 / (float)scale;
        WeightScales.Store(scale, output, group);
        byte* target = group + PanelLayout.ScaleBytes + output * 4;
        for (int i = 0; i < PanelLayout.Group; i++)
        {
            int level = Math.Clamp(Offset + (int)MathF.Round(values[i] * inverse), 0, 15), at = i / 8 * PanelLayout.StepBytes + i % 4;
            target[at] = (byte)(i % 8 < 4 ? level : target[at] | level << 4);
        }
    }

    /// <summary>A block's bytes hold numbers that lie half a group apart, a panel's such that lie four apart.</summary>
    public static void Copy(byte* block, int output, byte* group)
    {
        const int half = PanelLayout.Group / 2;
        WeightScales.Store(*(Half*)block, output, group);
        byte* levels = block + sizeof(ushort), target = group + PanelLayout.ScaleBytes + output * 4;
        for (int i = 0; i < PanelLayout.Group; i++)
        {
            int level = i < half ? levels[i] & 15 : levels[i - half] >> 4, at = i / 8 * PanelLayout.StepBytes + i % 4;
            target[at] = (byte)(i % 8 < 4 ? level : target[at] | level << 4);
        }
    }

    public static void Unpack(byte* group, int output, byte* stored)
    {
        const int half = PanelLayout.Group / 2;
        *(Half*)stored = WeightScales.Load(output, group);
        byte* levels = group + PanelLayout.ScaleBytes + output * 4;
        for (int i = 0; i < half; i++)
            stored[sizeof(ushort) + i] = (byte)(Level(levels, i) | Level(levels, i + half) << 4);
    }

    static int Level(byte* levels, int input) =>
        levels[input / 8 * PanelLayout.StepBytes + input % 4] >> (input % 8 < 4 ? 0 : 4) & 15;

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
                PanelSums<TRows, TLanes, TVector>.BeginPartial(sums, 0, out TVector a0, out TVector b0);
                PanelSums<TRows, TLanes, TVector>.BeginPartial(sums, 1, out TVector a1, out TVector b1);
                PanelSums<TRows, TLanes, TVector>.BeginPartial(sums, 2, out TVector a2, out TVector b2);
                PanelSums<TRows, TLanes, TVector>.BeginPartial(sums, 3, out TVector a3, out TVector b3);
                PanelSums<TRows, TLanes, TVector>.BeginPartial(sums, 4, out TVector a4, out TVector b4);
                PanelSums<TRows, TLanes, TVector>.BeginPartial(sums, 5, out TVector a5, out TVector b5);
                PanelSums<TRows, TLanes, TVector>.BeginPartial(sums, 6, out TVector a6, out TVector b6);
                PanelSums<TRows, TLanes, TVector>.BeginPartial(sums, 7, out TVector a7, out TVector b7);
                for (; x < sums; x += 2 * PanelSums<TRows, TLanes, TVector>.Step, w += PanelLayout.StepBytes)
                {
                    PanelSums<TRows, TLanes, TVector>.Prefetch(ref wanted, advance);
                    TVector w0 = TLanes.Load(w), w1 = TLanes.Load(w + TLanes.Count * sizeof(int));
                    TVector low0 = TLanes.LowNibbles(w0), low1 = TLanes.LowNibbles(w1);
                    PanelSums<TRows, TLanes, TVector>.AddNibbles(low0, low1, x, 0, ref a0, ref b0);
                    PanelSums<TRows, TLanes, TVector>.AddNibbles(low0, low1, x, 1, ref a1, ref b1);
                    PanelSums<TRows, TLanes, TVector>.AddNibbles(low0, low1, x, 2, ref a2, ref b2);
                    PanelSums<TRows, TLanes, TVector>.AddNibbles(low0, low1, x, 3, ref a3, ref b3);
                    PanelSums<TRows, TLanes, TVector>.AddNibbles(low0, low1, x, 4, ref a4, ref b4);
                    PanelSums<TRows, TLanes, TVector>.AddNibbles(low0, low1, x, 5, ref a5, ref b5);
                    PanelSums<TRows, TLanes, TVector>.AddNibbles(low0, low1, x, 6, ref a6, ref b6);
                    PanelSums<TRows, TLanes, TVector>.AddNibbles(low0, low1, x, 7, ref a7, ref b7);
                    TVector high0 = TLanes.HighNibbles(w0), high1 = TLanes.HighNibbles(w1);
                    byte* second = x + PanelSums<TRows, TLanes, TVector>.Step;
                    PanelSums<TRows, TLanes, TVector>.AddNibbles(high0, high1, second, 0, ref a0, ref b0);
                    PanelSums<TRows, TLanes, TVector>.AddNibbles(high0, high1, second, 1, ref a1, ref b1);
                    PanelSums<TRows, TLanes, TVector>.AddNibbles(high0, high1, second, 2, ref a2, ref b2);
                    PanelSums<TRows, TLanes, TVector>.AddNibbles(high0, high1, second, 3, ref a3, ref b3);
                    PanelSums<TRows, TLanes, TVector>.AddNibbles(high0, high1, second, 4, ref a4, ref b4);
                    PanelSums<TRows, TLanes, TVector>.AddNibbles(high0, high1, second, 5, ref a5, ref b5);
                    PanelSums<TRows, TLanes, TVector>.AddNibbles(high0, high1, second, 6, ref a6, ref b6);
                    PanelSums<TRows, TLanes, TVector>.AddNibbles(high0, high1, second, 7, ref a7, ref b7);
                }
                byte* scales = activations + TRows.Count * RoundedActivations.Scales;
                TVector s0 = TLanes.Halves(weights + at / 2), s1 = TLanes.Halves(weights + at / 2 + TLanes.Count * sizeof(ushort));
                float* t = totals + at / sizeof(float);
                PanelSums<TRows, TLanes, TVector>.ScalePartial(a0, b0, s0, s1, scales, 0, t);
                PanelSums<TRows, TLanes, TVector>.ScalePartial(a1, b1, s0, s1, scales, 1, t);
                PanelSums<TRows, TLanes, TVector>.ScalePartial(a2, b2, s0, s1, scales, 2, t);
                PanelSums<TRows, TLanes, TVector>.ScalePartial(a3, b3, s0, s1, scales, 3, t);
                PanelSums<TRows, TLanes, TVector>.ScalePartial(a4, b4, s0, s1, scales, 4, t);
                PanelSums<TRows, TLanes, TVector>.ScalePartial(a5, b5, s0, s1, scales, 5, t);
                PanelSums<TRows, TLanes, TVector>.ScalePartial(a6, b6, s0, s1, scales, 6, t);
                PanelSums<TRows, TLanes, TVector>.ScalePartial(a7, b7, s0, s1, scales, 7, t);
            }
        }
    }
}
