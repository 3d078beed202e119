using System.Runtime.CompilerServices;

namespace Speculative;

/// <summary>
/// The upper halves of singles, a step two inputs, widened in registers: exact. An output element is one chain of fused multiply-adds over
/// the inputs in ascending order.
/// </summary>
readonly unsafe struct BF16Panel : IPanelFormat
{
    public static int GroupBytes => PanelLayout.Group / 2 * PanelLayout.StepBytes;

    public static int ActivationBytes => PanelLayout.Group * sizeof(float);

    public static ElementType Stored => ElementType.BF16;

    public static ActivationLayout Layout => ActivationLayout.Blocks;

    public static void Pack(float* values, int output, byte* group)
    {
        for (int i = 0; i < PanelLayout.Group; i++)
            ((ushort*)(group + i / 2 * PanelLayout.StepBytes))[2 * output + i % 2] = BF16Format.Round(values[i]);
    }

    public static void Unpack(byte* group, int output, byte* stored)
    {
        for (int i = 0; i < PanelLayout.Group; i++)
            ((ushort*)stored)[i] = ((ushort*)(group + i / 2 * PanelLayout.StepBytes))[2 * output + i % 2];
    }

    public static void Prepare(float* values, long stride, int rows, byte* group) =>
        InterleavedRows.Store(values, stride, rows, PanelLayout.Group, (float*)group);

    /// <summary>Brings groups of a panel into the form of <see cref="F32Panel"/>, which gives the same products.</summary>
    /// <param name="weights">The panel's groups.</param>
    /// <param name="groups">How many.</param>
    /// <param name="singles">As many groups.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)] // at full speed from the first call
    public static void Widen<TLanes, TVector>(byte* weights, int groups, byte* singles)
        where TLanes : struct, IPanelLanes<TVector> where TVector : struct
    {
        byte* end = weights + groups * GroupBytes;
        for (; weights < end; weights += PanelLayout.StepBytes, singles += 2 * PanelLayout.StepBytes)
            for (int at = 0; at < PanelLayout.StepBytes; at += TLanes.Count * sizeof(float))
            {
                TVector pairs = TLanes.Load(weights + at);
                TLanes.Store(TLanes.LowerHalves(pairs), singles + at);
                TLanes.Store(TLanes.UpperHalves(pairs), singles + PanelLayout.StepBytes + at);
            }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)] // at full speed from the first call
    public static void Multiply<TRows, TLanes, TVector>(byte* weights, byte* activations, int groups, PanelPrefetch later, float* totals)
        where TRows : struct, IRowCount where TLanes : struct, IPanelLanes<TVector> where TVector : struct
    {
        byte* end = activations + (long)groups * TRows.Count * ActivationBytes;
        byte* wanted = later.From(weights);
        nint advance = later.Advance(PanelSums<TRows, TLanes, TVector>.Part);
        for (int at = 0; at < PanelLayout.StepBytes; at += PanelSums<TRows, TLanes, TVector>.Part)
        {
            byte* w = weights + at, x = activations;
            float* t = totals + at / sizeof(float);
            PanelSums<TRows, TLanes, TVector>.Load(t, 0, out TVector a0, out TVector b0);
            PanelSums<TRows, TLanes, TVector>.Load(t, 1, out TVector a1, out TVector b1);
            PanelSums<TRows, TLanes, TVector>.Load(t, 2, out TVector a2, out TVector b2);
            PanelSums<TRows, TLanes, TVector>.Load(t, 3, out TVector a3, out TVector b3);
            PanelSums<TRows, TLanes, TVector>.Load(t, 4, out TVector a4, out TVector b4);
            PanelSums<TRows, TLanes, TVector>.Load(t, 5, out TVector a5, out TVector b5);
            PanelSums<TRows, TLanes, TVector>.Load(t, 6, out TVector a6, out TVector b6);
            PanelSums<TRows, TLanes, TVector>.Load(t, 7, out TVector a7, out TVector b7);
            for (; x < end; x += 2 * PanelSums<TRows, TLanes, TVector>.Step, w += PanelLayout.StepBytes)
            {
                PanelSums<TRows, TLanes, TVector>.PrefetchFloats(ref wanted, advance);
                TVector w0 = TLanes.Load(w), w1 = TLanes.Load(w + TLanes.Count * sizeof(float));
                TVector even0 = TLanes.LowerHalves(w0), even1 = TLanes.LowerHalves(w1);
                PanelSums<TRows, TLanes, TVector>.AddFloats(even0, even1, x, 0, ref a0, ref b0);
                PanelSums<TRows, TLanes, TVector>.AddFloats(even0, even1, x, 1, ref a1, ref b1);
                PanelSums<TRows, TLanes, TVector>.AddFloats(even0, even1, x, 2, ref a2, ref b2);
                PanelSums<TRows, TLanes, TVector>.AddFloats(even0, even1, x, 3, ref a3, ref b3);
                PanelSums<TRows, TLanes, TVector>.AddFloats(even0, even1, x, 4, ref a4, ref b4);
                PanelSums<TRows, TLanes, TVector>.AddFloats(even0, even1, x, 5, ref a5, ref b5);
                PanelSums<TRows, TLanes, TVector>.AddFloats(even0, even1, x, 6, ref a6, ref b6);
                PanelSums<TRows, TLanes, TVector>.AddFloats(even0, even1, x, 7, ref a7, ref b7);
                TVector odd0 = TLanes.UpperHalves(w0), odd1 = TLanes.UpperHalves(w1);
                byte* second = x + PanelSums<TRows, TLanes, TVector>.Step;
                PanelSums<TRows, TLanes, TVector>.AddFloats(odd0, odd1, second, 0, ref a0, ref b0);
                PanelSums<TRows, TLanes, TVector>.AddFloats(odd0, odd1, second, 1, ref a1, ref b1);
                PanelSums<TRows, TLanes, TVector>.AddFloats(odd0, odd1, second, 2, ref a2, ref b2);
                PanelSums<TRows, TLanes, TVector>.AddFloats(odd0, odd1, second, 3, ref a3, ref b3);
                PanelSums<TRows, TLanes, TVector>.AddFloats(odd0, odd1, second, 4, ref a4, ref b4);
                PanelSums<TRows, TLanes, TVector>.AddFloats(odd0, odd1, second, 5, ref a5, ref b5);
                PanelSums<TRows, TLanes, TVector>.AddFloats(odd0, odd1, second, 6, ref a6, ref b6);
                PanelSums<TRows, TLanes, TVector>.AddFloats(odd0, odd1, second, 7, ref a7, ref b7);
            }
            PanelSums<TRows, TLanes, TVector>.Store(a0, b0, 0, t);
            PanelSums<TRows, TLanes, TVector>.Store(a1, b1, 1, t);
            PanelSums<TRows, TLanes, TVector>.Store(a2, b2, 2, t);
            PanelSums<TRows, TLanes, TVector>.Store(a3, b3, 3, t);
            PanelSums<TRows, TLanes, TVector>.Store(a4, b4, 4, t);
            PanelSums<TRows, TLanes, TVector>.Store(a5, b5, 5, t);
            PanelSums<TRows, TLanes, TVector>.Store(a6, b6, 6, t);
            PanelSums<TRows, TLanes, TVector>.Store(a7, b7, 7, t);
        }
    }
}
