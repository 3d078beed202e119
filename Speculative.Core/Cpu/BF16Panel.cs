namespace Speculative;

/// <summary>
/// The upper halves of singles, a step two inputs, widened in registers: exact. An output element is one chain of fused multiply-adds over the inputs in ascending order.
/// </summary>
readonly unsafe struct BF16Panel : IPanelFormat
{
    public static int GroupBytes => PanelLayout.Group / 2 * PanelLayout.StepBytes;

    public static int ActivationBytes => FloatActivations.Bytes;

    public static ActivationLayout Layout => ActivationLayout.Blocks;

    public static void Pack(float* values, int output, byte* group)
    {
        for (int i = 0; i < PanelLayout.Group; i++)
            ((ushort*)(group + i / 2 * PanelLayout.StepBytes))[2 * output + i % 2] = BF16Format.Round(values[i]);
    }

    public static void Prepare(float* values, int row, byte* group) => FloatActivations.Store(values, row, group);

    public static void Multiply1<TLanes, TVector>(byte* weights, byte* activations, int groups, float* totals)
        where TLanes : struct, IPanelLanes<TVector> where TVector : struct
    {
        byte* end = activations + (long)groups * FloatActivations.Bytes;
        for (int at = 0; at < PanelLayout.StepBytes; at += 2 * TLanes.Count * sizeof(float))
        {
            byte* w = weights + at, x = activations;
            float* t = totals + at / sizeof(float);
            TVector a0 = TLanes.Load(t), b0 = TLanes.Load(t + TLanes.Count);
            for (; x < end; x += 2 * PanelLayout.RowStepBytes, w += PanelLayout.StepBytes)
            {
                PanelSums<TLanes, TVector>.Prefetch(w);
                TVector w0 = TLanes.Load(w), w1 = TLanes.Load(w + TLanes.Count * sizeof(float));
                TVector even0 = TLanes.LowerHalves(w0), even1 = TLanes.LowerHalves(w1);
                PanelSums<TLanes, TVector>.AddFloats(even0, even1, x, ref a0, ref b0);
                TVector odd0 = TLanes.UpperHalves(w0), odd1 = TLanes.UpperHalves(w1);
                byte* second = x + PanelLayout.RowStepBytes;
                PanelSums<TLanes, TVector>.AddFloats(odd0, odd1, second, ref a0, ref b0);
            }
            PanelSums<TLanes, TVector>.Store(a0, b0, t);
        }
    }

    public static void Multiply4<TLanes, TVector>(byte* weights, byte* activations, int groups, float* totals)
        where TLanes : struct, IPanelLanes<TVector> where TVector : struct
    {
        byte* end = activations + (long)groups * FloatActivations.Bytes;
        for (int at = 0; at < PanelLayout.StepBytes; at += 2 * TLanes.Count * sizeof(float))
        {
            byte* w = weights + at, x = activations;
            float* t = totals + at / sizeof(float);
            TVector a0 = TLanes.Load(t), b0 = TLanes.Load(t + TLanes.Count);
            TVector a1 = TLanes.Load(t + PanelLayout.Panel), b1 = TLanes.Load(t + PanelLayout.Panel + TLanes.Count);
            TVector a2 = TLanes.Load(t + 2 * PanelLayout.Panel), b2 = TLanes.Load(t + 2 * PanelLayout.Panel + TLanes.Count);
            TVector a3 = TLanes.Load(t + 3 * PanelLayout.Panel), b3 = TLanes.Load(t + 3 * PanelLayout.Panel + TLanes.Count);
            for (; x < end; x += 2 * PanelLayout.RowStepBytes, w += PanelLayout.StepBytes)
            {
                PanelSums<TLanes, TVector>.Prefetch(w);
                TVector w0 = TLanes.Load(w), w1 = TLanes.Load(w + TLanes.Count * sizeof(float));
                TVector even0 = TLanes.LowerHalves(w0), even1 = TLanes.LowerHalves(w1);
                PanelSums<TLanes, TVector>.AddFloats(even0, even1, x, ref a0, ref b0);
                PanelSums<TLanes, TVector>.AddFloats(even0, even1, x + 4, ref a1, ref b1);
                PanelSums<TLanes, TVector>.AddFloats(even0, even1, x + 8, ref a2, ref b2);
                PanelSums<TLanes, TVector>.AddFloats(even0, even1, x + 12, ref a3, ref b3);
                TVector odd0 = TLanes.UpperHalves(w0), odd1 = TLanes.UpperHalves(w1);
                byte* second = x + PanelLayout.RowStepBytes;
                PanelSums<TLanes, TVector>.AddFloats(odd0, odd1, second, ref a0, ref b0);
                PanelSums<TLanes, TVector>.AddFloats(odd0, odd1, second + 4, ref a1, ref b1);
                PanelSums<TLanes, TVector>.AddFloats(odd0, odd1, second + 8, ref a2, ref b2);
                PanelSums<TLanes, TVector>.AddFloats(odd0, odd1, second + 12, ref a3, ref b3);
            }
            PanelSums<TLanes, TVector>.Store(a0, b0, t);
            PanelSums<TLanes, TVector>.Store(a1, b1, t + PanelLayout.Panel);
            PanelSums<TLanes, TVector>.Store(a2, b2, t + 2 * PanelLayout.Panel);
            PanelSums<TLanes, TVector>.Store(a3, b3, t + 3 * PanelLayout.Panel);
        }
    }

    public static void Multiply8<TLanes, TVector>(byte* weights, byte* activations, int groups, float* totals)
        where TLanes : struct, IPanelLanes<TVector> where TVector : struct
    {
        byte* end = activations + (long)groups * FloatActivations.Bytes;
        for (int at = 0; at < PanelLayout.StepBytes; at += 2 * TLanes.Count * sizeof(float))
        {
            byte* w = weights + at, x = activations;
            float* t = totals + at / sizeof(float);
            TVector a0 = TLanes.Load(t), b0 = TLanes.Load(t + TLanes.Count);
            TVector a1 = TLanes.Load(t + PanelLayout.Panel), b1 = TLanes.Load(t + PanelLayout.Panel + TLanes.Count);
            TVector a2 = TLanes.Load(t + 2 * PanelLayout.Panel), b2 = TLanes.Load(t + 2 * PanelLayout.Panel + TLanes.Count);
            TVector a3 = TLanes.Load(t + 3 * PanelLayout.Panel), b3 = TLanes.Load(t + 3 * PanelLayout.Panel + TLanes.Count);
            TVector a4 = TLanes.Load(t + 4 * PanelLayout.Panel), b4 = TLanes.Load(t + 4 * PanelLayout.Panel + TLanes.Count);
            TVector a5 = TLanes.Load(t + 5 * PanelLayout.Panel), b5 = TLanes.Load(t + 5 * PanelLayout.Panel + TLanes.Count);
            TVector a6 = TLanes.Load(t + 6 * PanelLayout.Panel), b6 = TLanes.Load(t + 6 * PanelLayout.Panel + TLanes.Count);
            TVector a7 = TLanes.Load(t + 7 * PanelLayout.Panel), b7 = TLanes.Load(t + 7 * PanelLayout.Panel + TLanes.Count);
            for (; x < end; x += 2 * PanelLayout.RowStepBytes, w += PanelLayout.StepBytes)
            {
                PanelSums<TLanes, TVector>.Prefetch(w);
                TVector w0 = TLanes.Load(w), w1 = TLanes.Load(w + TLanes.Count * sizeof(float));
                TVector even0 = TLanes.LowerHalves(w0), even1 = TLanes.LowerHalves(w1);
                PanelSums<TLanes, TVector>.AddFloats(even0, even1, x, ref a0, ref b0);
                PanelSums<TLanes, TVector>.AddFloats(even0, even1, x + 4, ref a1, ref b1);
                PanelSums<TLanes, TVector>.AddFloats(even0, even1, x + 8, ref a2, ref b2);
                PanelSums<TLanes, TVector>.AddFloats(even0, even1, x + 12, ref a3, ref b3);
                PanelSums<TLanes, TVector>.AddFloats(even0, even1, x + 16, ref a4, ref b4);
                PanelSums<TLanes, TVector>.AddFloats(even0, even1, x + 20, ref a5, ref b5);
                PanelSums<TLanes, TVector>.AddFloats(even0, even1, x + 24, ref a6, ref b6);
                PanelSums<TLanes, TVector>.AddFloats(even0, even1, x + 28, ref a7, ref b7);
                TVector odd0 = TLanes.UpperHalves(w0), odd1 = TLanes.UpperHalves(w1);
                byte* second = x + PanelLayout.RowStepBytes;
                PanelSums<TLanes, TVector>.AddFloats(odd0, odd1, second, ref a0, ref b0);
                PanelSums<TLanes, TVector>.AddFloats(odd0, odd1, second + 4, ref a1, ref b1);
                PanelSums<TLanes, TVector>.AddFloats(odd0, odd1, second + 8, ref a2, ref b2);
                PanelSums<TLanes, TVector>.AddFloats(odd0, odd1, second + 12, ref a3, ref b3);
                PanelSums<TLanes, TVector>.AddFloats(odd0, odd1, second + 16, ref a4, ref b4);
                PanelSums<TLanes, TVector>.AddFloats(odd0, odd1, second + 20, ref a5, ref b5);
                PanelSums<TLanes, TVector>.AddFloats(odd0, odd1, second + 24, ref a6, ref b6);
                PanelSums<TLanes, TVector>.AddFloats(odd0, odd1, second + 28, ref a7, ref b7);
            }
            PanelSums<TLanes, TVector>.Store(a0, b0, t);
            PanelSums<TLanes, TVector>.Store(a1, b1, t + PanelLayout.Panel);
            PanelSums<TLanes, TVector>.Store(a2, b2, t + 2 * PanelLayout.Panel);
            PanelSums<TLanes, TVector>.Store(a3, b3, t + 3 * PanelLayout.Panel);
            PanelSums<TLanes, TVector>.Store(a4, b4, t + 4 * PanelLayout.Panel);
            PanelSums<TLanes, TVector>.Store(a5, b5, t + 5 * PanelLayout.Panel);
            PanelSums<TLanes, TVector>.Store(a6, b6, t + 6 * PanelLayout.Panel);
            PanelSums<TLanes, TVector>.Store(a7, b7, t + 7 * PanelLayout.Panel);
        }
    }
}
