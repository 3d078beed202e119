using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Speculative;

/// <summary>
/// The inner loops of a skinny product: weight rows w[n], activation rows x[m]. Every element has one vector accumulator, which takes the
/// blocks of k in ascending order, first vector before second; its lanes are summed in a fixed order, then what fills no block is added one
/// by one. So the bits of an element depend on its two rows alone: the three shapes (4 x 3, 2 x 4, 1 x 4) give the same.
/// </summary>
static unsafe class ProductKernel<TFormat, TLanes, TVector>
    where TFormat : struct, IWeightFormat
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    /// <summary>Four activation rows (the last stands in for those beyond <paramref name="rows"/>) times three weight rows.</summary>
    [SkipLocalsInit]
    public static void Rows4(in WeightBlock block, float* x, int xStride, int rows, float* y, long yStride)
    {
        long last = Math.Min(3, rows - 1);
        float* x0 = x, x1 = x + xStride, x2 = x1 + xStride, x3 = x + last * xStride;
        byte* w0 = block.Row(0), w1 = block.Row(1), w2 = block.Row(2);
        TVector a00 = default, a01 = default, a02 = default, a10 = default, a11 = default, a12 = default;
        TVector a20 = default, a21 = default, a22 = default, a30 = default, a31 = default, a32 = default;
        int step = 2 * TLanes.Count, inBlocks = block.Inputs - block.Inputs % step;
        nint ahead = block.Ahead(3);
        for (nint k = 0; k < inBlocks; k += step)
        {
            nint at = k * TFormat.Size;
            Prefetch(w0 + at + ahead, w1 + at + ahead, w2 + at + ahead);
            TVector v0 = TFormat.First<TLanes, TVector>(w0 + at), v1 = TFormat.First<TLanes, TVector>(w1 + at),
                v2 = TFormat.First<TLanes, TVector>(w2 + at);
            TVector u = TLanes.Load(x0 + k);
            Add3(u, v0, v1, v2, ref a00, ref a01, ref a02);
            u = TLanes.Load(x1 + k);
            Add3(u, v0, v1, v2, ref a10, ref a11, ref a12);
            u = TLanes.Load(x2 + k);
            Add3(u, v0, v1, v2, ref a20, ref a21, ref a22);
            u = TLanes.Load(x3 + k);
            Add3(u, v0, v1, v2, ref a30, ref a31, ref a32);
            v0 = TFormat.Second<TLanes, TVector>(w0 + at);
            v1 = TFormat.Second<TLanes, TVector>(w1 + at);
            v2 = TFormat.Second<TLanes, TVector>(w2 + at);
            u = TLanes.Load(x0 + k + TLanes.Count);
            Add3(u, v0, v1, v2, ref a00, ref a01, ref a02);
            u = TLanes.Load(x1 + k + TLanes.Count);
            Add3(u, v0, v1, v2, ref a10, ref a11, ref a12);
            u = TLanes.Load(x2 + k + TLanes.Count);
            Add3(u, v0, v1, v2, ref a20, ref a21, ref a22);
            u = TLanes.Load(x3 + k + TLanes.Count);
            Add3(u, v0, v1, v2, ref a30, ref a31, ref a32);
        }
        float* sums = stackalloc float[12 * TLanes.Count];
        Keep3(sums, 0, a00, a01, a02);
        Keep3(sums, 3, a10, a11, a12);
        Keep3(sums, 6, a20, a21, a22);
        Keep3(sums, 9, a30, a31, a32);
        Finish(block, 3, 4, sums, x, xStride, (int)last, inBlocks, y, yStride);
    }

    /// <summary>Two activation rows times four weight rows.</summary>
    [SkipLocalsInit]
    public static void Rows2(in WeightBlock block, float* x, int xStride, float* y, long yStride)
    {
        float* x1 = x + xStride;
        byte* w0 = block.Row(0), w1 = block.Row(1), w2 = block.Row(2), w3 = block.Row(3);
        TVector a00 = default, a01 = default, a02 = default, a03 = default, a10 = default, a11 = default, a12 = default, a13 = default;
        int step = 2 * TLanes.Count, inBlocks = block.Inputs - block.Inputs % step;
        nint ahead = block.Ahead(4);
        for (nint k = 0; k < inBlocks; k += step)
        {
            nint at = k * TFormat.Size;
            Prefetch(w0 + at + ahead, w1 + at + ahead, w2 + at + ahead, w3 + at + ahead);
            TVector u = TLanes.Load(x + k), t = TLanes.Load(x1 + k);
            Add2(TFormat.First<TLanes, TVector>(w0 + at), u, t, ref a00, ref a10);
            Add2(TFormat.First<TLanes, TVector>(w1 + at), u, t, ref a01, ref a11);
            Add2(TFormat.First<TLanes, TVector>(w2 + at), u, t, ref a02, ref a12);
            Add2(TFormat.First<TLanes, TVector>(w3 + at), u, t, ref a03, ref a13);
            u = TLanes.Load(x + k + TLanes.Count);
            t = TLanes.Load(x1 + k + TLanes.Count);
            Add2(TFormat.Second<TLanes, TVector>(w0 + at), u, t, ref a00, ref a10);
            Add2(TFormat.Second<TLanes, TVector>(w1 + at), u, t, ref a01, ref a11);
            Add2(TFormat.Second<TLanes, TVector>(w2 + at), u, t, ref a02, ref a12);
            Add2(TFormat.Second<TLanes, TVector>(w3 + at), u, t, ref a03, ref a13);
        }
        float* sums = stackalloc float[8 * TLanes.Count];
        Keep3(sums, 0, a00, a01, a02);
        TLanes.Store(a03, sums + 3 * TLanes.Count);
        Keep3(sums, 4, a10, a11, a12);
        TLanes.Store(a13, sums + 7 * TLanes.Count);
        Finish(block, 4, 2, sums, x, xStride, 1, inBlocks, y, yStride);
    }

    /// <summary>One activation row times four weight rows.</summary>
    [SkipLocalsInit]
    public static void Row1(in WeightBlock block, float* x, float* y)
    {
        byte* w0 = block.Row(0), w1 = block.Row(1), w2 = block.Row(2), w3 = block.Row(3);
        TVector a0 = default, a1 = default, a2 = default, a3 = default;
        int step = 2 * TLanes.Count, inBlocks = block.Inputs - block.Inputs % step;
        nint ahead = block.Ahead(4);
        for (nint k = 0; k < inBlocks; k += step)
        {
            nint at = k * TFormat.Size;
            Prefetch(w0 + at + ahead, w1 + at + ahead, w2 + at + ahead, w3 + at + ahead);
            TVector u = TLanes.Load(x + k), t = TLanes.Load(x + k + TLanes.Count);
            a0 = TLanes.MultiplyAdd(TFormat.First<TLanes, TVector>(w0 + at), u, a0);
            a1 = TLanes.MultiplyAdd(TFormat.First<TLanes, TVector>(w1 + at), u, a1);
            a2 = TLanes.MultiplyAdd(TFormat.First<TLanes, TVector>(w2 + at), u, a2);
            a3 = TLanes.MultiplyAdd(TFormat.First<TLanes, TVector>(w3 + at), u, a3);
            a0 = TLanes.MultiplyAdd(TFormat.Second<TLanes, TVector>(w0 + at), t, a0);
            a1 = TLanes.MultiplyAdd(TFormat.Second<TLanes, TVector>(w1 + at), t, a1);
            a2 = TLanes.MultiplyAdd(TFormat.Second<TLanes, TVector>(w2 + at), t, a2);
            a3 = TLanes.MultiplyAdd(TFormat.Second<TLanes, TVector>(w3 + at), t, a3);
        }
        float* sums = stackalloc float[4 * TLanes.Count];
        Keep3(sums, 0, a0, a1, a2);
        TLanes.Store(a3, sums + 3 * TLanes.Count);
        Finish(block, 4, 1, sums, x, 0, 0, inBlocks, y, 0);
    }

    /// <summary>Asks for the weights of the next call: rows are too short for the processor's own prefetching to get going.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Prefetch(byte* a, byte* b, byte* c)
    {
        if (!Sse.IsSupported)
            return;
        Sse.Prefetch0(a);
        Sse.Prefetch0(b);
        Sse.Prefetch0(c);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Prefetch(byte* a, byte* b, byte* c, byte* d)
    {
        Prefetch(a, b, c);
        if (Sse.IsSupported)
            Sse.Prefetch0(d);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Add3(TVector u, TVector v0, TVector v1, TVector v2, ref TVector a0, ref TVector a1, ref TVector a2)
    {
        a0 = TLanes.MultiplyAdd(v0, u, a0);
        a1 = TLanes.MultiplyAdd(v1, u, a1);
        a2 = TLanes.MultiplyAdd(v2, u, a2);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Add2(TVector v, TVector u, TVector t, ref TVector a0, ref TVector a1)
    {
        a0 = TLanes.MultiplyAdd(v, u, a0);
        a1 = TLanes.MultiplyAdd(v, t, a1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Keep3(float* sums, int index, TVector a0, TVector a1, TVector a2)
    {
        TLanes.Store(a0, sums + index * TLanes.Count);
        TLanes.Store(a1, sums + (index + 1) * TLanes.Count);
        TLanes.Store(a2, sums + (index + 2) * TLanes.Count);
    }

    /// <summary>
    /// Sums the lanes of the accumulators [rows][outputs] and adds what fills no block. Apart, and through memory: a call beside the loops
    /// would make the compiler spill every accumulator in every round of them.
    /// </summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.NoInlining)]
    static void Finish(
        in WeightBlock block, int outputs, int rows, float* sums, float* x, int xStride, int last, int inBlocks, float* y, long yStride)
    {
        float* totals = stackalloc float[12];
        for (int i = 0; i < rows * outputs; i += 4)
            TLanes.Sum4(sums + i * TLanes.Count).Store(totals + i);
        for (int row = 0; row < rows; row++, totals += outputs)
        {
            int at = Math.Min(row, last);
            float* target = y + at * yStride;
            for (int i = 0; i < outputs; i++)
                target[block.Output(i)] = inBlocks < block.Inputs
                    ? AddRest(block, i, x + (long)at * xStride, inBlocks, totals[i])
                    : totals[i];
        }
    }

    static float AddRest(in WeightBlock block, int index, float* x, int inBlocks, float sum)
    {
        byte* row = block.Row(index);
        for (int k = inBlocks; k < block.Inputs; k++)
            sum = MathF.FusedMultiplyAdd(TFormat.Element(row + (long)k * TFormat.Size), x[k], sum);
        return sum;
    }
}
