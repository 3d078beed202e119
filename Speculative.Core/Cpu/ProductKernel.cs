using System.Runtime.CompilerServices;

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
    public static void Rows4(in WeightBlock block, float* x, int xStride, int rows, float* y, long yStride)
    {
        long last = Math.Min(3, rows - 1);
        float* x0 = x, x1 = x + xStride, x2 = x1 + xStride, x3 = x + last * xStride;
        byte* w0 = block.Row(0), w1 = block.Row(1), w2 = block.Row(2);
        TVector a00 = default, a01 = default, a02 = default, a10 = default, a11 = default, a12 = default;
        TVector a20 = default, a21 = default, a22 = default, a30 = default, a31 = default, a32 = default;
        int step = 2 * TLanes.Count, inBlocks = block.Inputs - block.Inputs % step;
        for (nint k = 0; k < inBlocks; k += step)
        {
            nint at = k * TFormat.Size;
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
        Store3(block, x0, inBlocks, y, a00, a01, a02);
        Store3(block, x1, inBlocks, y + yStride, a10, a11, a12);
        Store3(block, x2, inBlocks, y + 2 * yStride, a20, a21, a22);
        Store3(block, x3, inBlocks, y + last * yStride, a30, a31, a32);
    }

    /// <summary>Two activation rows times four weight rows.</summary>
    public static void Rows2(in WeightBlock block, float* x, int xStride, float* y, long yStride)
    {
        float* x1 = x + xStride;
        byte* w0 = block.Row(0), w1 = block.Row(1), w2 = block.Row(2), w3 = block.Row(3);
        TVector a00 = default, a01 = default, a02 = default, a03 = default, a10 = default, a11 = default, a12 = default, a13 = default;
        int step = 2 * TLanes.Count, inBlocks = block.Inputs - block.Inputs % step;
        for (nint k = 0; k < inBlocks; k += step)
        {
            nint at = k * TFormat.Size;
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
        Store3(block, x, inBlocks, y, a00, a01, a02);
        Store(block, 3, x, inBlocks, y, a03);
        Store3(block, x1, inBlocks, y + yStride, a10, a11, a12);
        Store(block, 3, x1, inBlocks, y + yStride, a13);
    }

    /// <summary>One activation row times four weight rows.</summary>
    public static void Row1(in WeightBlock block, float* x, float* y)
    {
        byte* w0 = block.Row(0), w1 = block.Row(1), w2 = block.Row(2), w3 = block.Row(3);
        TVector a0 = default, a1 = default, a2 = default, a3 = default;
        int step = 2 * TLanes.Count, inBlocks = block.Inputs - block.Inputs % step;
        for (nint k = 0; k < inBlocks; k += step)
        {
            nint at = k * TFormat.Size;
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
        Store3(block, x, inBlocks, y, a0, a1, a2);
        Store(block, 3, x, inBlocks, y, a3);
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
    static void Store3(in WeightBlock block, float* x, int inBlocks, float* y, TVector a0, TVector a1, TVector a2)
    {
        Store(block, 0, x, inBlocks, y, a0);
        Store(block, 1, x, inBlocks, y, a1);
        Store(block, 2, x, inBlocks, y, a2);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Store(in WeightBlock block, int index, float* x, int inBlocks, float* y, TVector accumulator)
    {
        float sum = TLanes.Sum(accumulator);
        if (inBlocks < block.Inputs)
            sum = AddRest(block, index, x, inBlocks, sum);
        y[block.Output(index)] = sum;
    }

    static float AddRest(in WeightBlock block, int index, float* x, int inBlocks, float sum)
    {
        byte* row = block.Row(index);
        for (int k = inBlocks; k < block.Inputs; k++)
            sum = MathF.FusedMultiplyAdd(TFormat.Element(row + (long)k * TFormat.Size), x[k], sum);
        return sum;
    }
}
