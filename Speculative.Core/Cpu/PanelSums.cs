using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Speculative;

/// <summary>
/// What the kernels share: the sums of one row for two vectors of outputs. A row that the kernel is not compiled for costs nothing: the
/// comparison is one of constants.
/// </summary>
static unsafe class PanelSums<TRows, TLanes, TVector>
    where TRows : struct, IRowCount where TLanes : struct, IPanelLanes<TVector> where TVector : struct
{
    const int Line = 64;

    /// <summary>Bytes of a step of activations: four of each row.</summary>
    public static int Step => TRows.Count * 4;

    /// <summary>Where a row's totals begin.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load(float* totals, int row, out TVector sum0, out TVector sum1)
    {
        (sum0, sum1) = (default, default);
        if (row >= TRows.Count)
            return;
        sum0 = TLanes.Load(totals + row * PanelLayout.Panel);
        sum1 = TLanes.Load(totals + row * PanelLayout.Panel + TLanes.Count);
    }

    /// <summary>Both sums begin with a row's correction, a 32-bit integer.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Begin(byte* corrections, int row, out TVector sum0, out TVector sum1)
    {
        sum0 = row < TRows.Count ? TLanes.Broadcast(corrections + row * sizeof(int)) : default;
        sum1 = sum0;
    }

    /// <summary>Both partial sums begin with a row's correction, two 16-bit integers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void BeginPartial(byte* corrections, int row, out TVector sum0, out TVector sum1)
    {
        sum0 = row < TRows.Count ? TLanes.BeginPartial(TLanes.Broadcast(corrections + row * sizeof(int))) : default;
        sum1 = sum0;
    }

    /// <summary>sum + weight * input, floats.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddFloats(TVector weight0, TVector weight1, byte* inputs, int row, ref TVector sum0, ref TVector sum1)
    {
        if (row >= TRows.Count)
            return;
        TVector factor = TLanes.Broadcast(inputs + row * sizeof(float));
        sum0 = TLanes.MultiplyAddFloats(weight0, factor, sum0);
        sum1 = TLanes.MultiplyAddFloats(weight1, factor, sum1);
    }

    /// <summary>Sum + the four products of bytes, in 32 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddBytes(TVector weight0, TVector weight1, byte* quads, int row, ref TVector sum0, ref TVector sum1)
    {
        if (row >= TRows.Count)
            return;
        TVector quad = TLanes.Broadcast(quads + row * sizeof(int));
        sum0 = TLanes.Dot(weight0, quad, sum0);
        sum1 = TLanes.Dot(weight1, quad, sum1);
    }

    /// <summary>Partial sum + the four products of bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddNibbles(TVector weight0, TVector weight1, byte* quads, int row, ref TVector sum0, ref TVector sum1)
    {
        if (row >= TRows.Count)
            return;
        TVector quad = TLanes.Broadcast(quads + row * sizeof(int));
        sum0 = TLanes.DotPartial(weight0, quad, sum0);
        sum1 = TLanes.DotPartial(weight1, quad, sum1);
    }

    /// <summary>Stores a row's sums.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(TVector sum0, TVector sum1, int row, float* totals)
    {
        if (row >= TRows.Count)
            return;
        TLanes.Store(sum0, totals + row * PanelLayout.Panel);
        TLanes.Store(sum1, totals + row * PanelLayout.Panel + TLanes.Count);
    }

    /// <summary>total + (float)sum * (weight scale * activation scale).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Scale(TVector sum0, TVector sum1, TVector scale0, TVector scale1, byte* scales, int row, float* totals)
    {
        if (row >= TRows.Count)
            return;
        TVector factor = TLanes.Broadcast(scales + row * sizeof(float));
        totals += row * PanelLayout.Panel;
        TLanes.Store(TLanes.MultiplyAdd(sum0, TLanes.Multiply(scale0, factor), TLanes.Load(totals)), totals);
        totals += TLanes.Count;
        TLanes.Store(TLanes.MultiplyAdd(sum1, TLanes.Multiply(scale1, factor), TLanes.Load(totals)), totals);
    }

    /// <summary>The same where the sums are partial.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ScalePartial(TVector sum0, TVector sum1, TVector scale0, TVector scale1, byte* scales, int row, float* totals)
    {
        if (row < TRows.Count)
            Scale(TLanes.SumPartial(sum0), TLanes.SumPartial(sum1), scale0, scale1, scales, row, totals);
    }

    /// <summary>Bytes of the two vectors of a step that a kernel takes at a time.</summary>
    public static int Part => 2 * TLanes.Count * sizeof(float);

    /// <summary>Asks for as many cache lines as a part of a step fills, at least one, and goes on.</summary>
    /// <param name="wanted">Where they lie.</param>
    /// <param name="advance">How far to go on.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prefetch(ref byte* wanted, nint advance)
    {
        PrefetchLine(wanted);
        if (Part > Line)
            PrefetchLine(wanted + Line);
        wanted += advance;
    }

    /// <summary>
    /// The same for kernels of floats. One that goes through the weights several times, a part of each step at a time, has them brought
    /// into the second cache: more lines can be on their way there (measured on Zen 4: three to six rows 1.1 times as fast).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void PrefetchFloats(ref byte* wanted, nint advance)
    {
        if (Part == PanelLayout.StepBytes)
            Prefetch(ref wanted, advance);
        else
        {
            if (Sse.IsSupported)
                Sse.Prefetch1(wanted);
            wanted += advance;
        }
    }

    /// <summary>Asks for a cache line.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void PrefetchLine(byte* weights)
    {
        if (Sse.IsSupported)
            Sse.Prefetch0(weights);
    }
}
