using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Speculative;

/// <summary>
/// Strips of one number format. A product takes 1, 4 or 8 rows times two vectors of columns at once, which is what the registers hold;
/// stored numbers are widened once for all these rows.
/// </summary>
sealed unsafe class FormatStripKernel<TFormat, TLanes, TVector> : StripKernel
    where TFormat : struct, ICacheFormat
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    /// <summary>How far ahead of the step in use the next are asked for, in bytes.</summary>
    const int Ahead = 2048;

    /// <summary>Below this, where its inverse would not be finite, all is rounded to zero.</summary>
    const float Least = 1e-30f;

    static int Step => Columns * TFormat.Size;

    public override int StepBytes => Step;

    public override bool Scaled => TFormat.Largest > 0;

    public override void Multiply(byte* strip, int steps, float* left, int leftStride, float* target, int targetStride, int rows)
    {
        for (int column = 0; column < Columns; column += 2 * TLanes.Count)
        {
            byte* start = strip + column * TFormat.Size;
            if (rows == 1)
                Multiply1(start, steps, left, target + column);
            else if (rows > 4 && TLanes.Count == 16)
                Multiply8(start, steps, left, leftStride, target + column, targetStride);
            else
                for (int row = 0; row < rows; row += 4)
                    Multiply4(start, steps, left + row * leftStride, leftStride, target + row * targetStride + column, targetStride);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Add(byte* strip, ReadOnlySpan<int> steps, float* left, float* target)
    {
        for (int column = 0; column < Columns; column += 2 * TLanes.Count)
        {
            byte* start = strip + column * TFormat.Size;
            TVector a = TLanes.Load(target + column), b = TLanes.Load(target + column + TLanes.Count);
            for (int i = 0; i < steps.Length; i++)
            {
                byte* step = start + (long)steps[i] * Step;
                Add(left + i, TFormat.First<TLanes, TVector>(step), TFormat.Second<TLanes, TVector>(step), ref a, ref b);
            }
            Store(a, b, target + column);
        }
    }

    public override void Prefetch(byte* strip, int steps)
    {
        if (Sse.IsSupported)
            for (byte* line = strip, end = strip + (long)steps * Step; line < end; line += 64)
                Sse.Prefetch1(line);
    }

    public override float StoreColumn(float* values, int count, byte* strip, int column)
    {
        float scale = Scale(values, count, out float inverse);
        byte* target = strip + Offset(column);
        for (int i = 0; i < count; i++)
            TFormat.Write(values[i] * inverse, target + (long)i * Step);
        return scale;
    }

    public override float StoreStep(float* values, int count, byte* step, long stripBytes)
    {
        float scale = Scale(values, count, out float inverse);
        for (int i = 0; i < count; i++)
            TFormat.Write(values[i] * inverse, step + i / Columns * stripBytes + Offset(i % Columns));
        return scale;
    }

    public override void CopyColumn(byte* from, int fromColumn, byte* to, int toColumn, int steps)
    {
        byte* source = from + Offset(fromColumn), target = to + Offset(toColumn);
        for (; steps > 0; steps--, source += Step, target += Step)
            Unsafe.CopyBlockUnaligned(target, source, (uint)TFormat.Size);
    }

    /// <summary>
    /// Where a column lies in a step: a format that delivers the even numbers of two vectors before the odd ones gets them in that order.
    /// </summary>
    static int Offset(int column)
    {
        int at = column % (2 * TLanes.Count), half = TLanes.Count;
        int place = TFormat.Layout != ActivationLayout.EvenOdd ? at : at < half ? 2 * at : 2 * (at - half) + 1;
        return (column - at + place) * TFormat.Size;
    }

    static float Scale(float* values, int count, out float inverse)
    {
        inverse = 1;
        if (TFormat.Largest == 0)
            return 1;
        float most = 0;
        for (int i = 0; i < count; i++)
            most = MathF.Max(most, MathF.Abs(values[i])); // NaN, if any is
        inverse = most > Least ? TFormat.Largest / most : 0;
        return float.IsFinite(most) ? most / TFormat.Largest : float.NaN;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)] // at full speed from the first call
    static void Multiply1(byte* strip, int steps, float* left, float* target)
    {
        TVector a0 = default, b0 = default;
        for (nint i = 0; i < steps; i++, strip += Step)
        {
            Prefetch(strip);
            Add(left + i, TFormat.First<TLanes, TVector>(strip), TFormat.Second<TLanes, TVector>(strip), ref a0, ref b0);
        }
        Store(a0, b0, target);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)] // at full speed from the first call
    static void Multiply4(byte* strip, int steps, float* left, nint leftStride, float* target, nint targetStride)
    {
        float* row0 = left, row1 = row0 + leftStride, row2 = row1 + leftStride, row3 = row2 + leftStride;
        TVector a0 = default, b0 = default, a1 = default, b1 = default, a2 = default, b2 = default, a3 = default, b3 = default;
        for (nint i = 0; i < steps; i++, strip += Step)
        {
            Prefetch(strip);
            TVector x = TFormat.First<TLanes, TVector>(strip), y = TFormat.Second<TLanes, TVector>(strip);
            Add(row0 + i, x, y, ref a0, ref b0);
            Add(row1 + i, x, y, ref a1, ref b1);
            Add(row2 + i, x, y, ref a2, ref b2);
            Add(row3 + i, x, y, ref a3, ref b3);
        }
        Store(a0, b0, target);
        Store(a1, b1, target + targetStride);
        Store(a2, b2, target + 2 * targetStride);
        Store(a3, b3, target + 3 * targetStride);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)] // at full speed from the first call
    static void Multiply8(byte* strip, int steps, float* left, nint leftStride, float* target, nint targetStride)
    {
        float* row0 = left, row1 = row0 + leftStride, row2 = row1 + leftStride, row3 = row2 + leftStride;
        float* row4 = row3 + leftStride, row5 = row4 + leftStride, row6 = row5 + leftStride, row7 = row6 + leftStride;
        TVector a0 = default, b0 = default, a1 = default, b1 = default, a2 = default, b2 = default, a3 = default, b3 = default;
        TVector a4 = default, b4 = default, a5 = default, b5 = default, a6 = default, b6 = default, a7 = default, b7 = default;
        for (nint i = 0; i < steps; i++, strip += Step)
        {
            Prefetch(strip);
            TVector x = TFormat.First<TLanes, TVector>(strip), y = TFormat.Second<TLanes, TVector>(strip);
            Add(row0 + i, x, y, ref a0, ref b0);
            Add(row1 + i, x, y, ref a1, ref b1);
            Add(row2 + i, x, y, ref a2, ref b2);
            Add(row3 + i, x, y, ref a3, ref b3);
            Add(row4 + i, x, y, ref a4, ref b4);
            Add(row5 + i, x, y, ref a5, ref b5);
            Add(row6 + i, x, y, ref a6, ref b6);
            Add(row7 + i, x, y, ref a7, ref b7);
        }
        Store(a0, b0, target);
        Store(a1, b1, target + targetStride);
        Store(a2, b2, target + 2 * targetStride);
        Store(a3, b3, target + 3 * targetStride);
        Store(a4, b4, target + 4 * targetStride);
        Store(a5, b5, target + 5 * targetStride);
        Store(a6, b6, target + 6 * targetStride);
        Store(a7, b7, target + 7 * targetStride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Add(float* left, TVector x, TVector y, ref TVector sum0, ref TVector sum1)
    {
        TVector factor = TLanes.Broadcast(*left);
        sum0 = TLanes.MultiplyAdd(factor, x, sum0);
        sum1 = TLanes.MultiplyAdd(factor, y, sum1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Store(TVector sum0, TVector sum1, float* target)
    {
        TLanes.Store(sum0, target);
        TLanes.Store(sum1, target + TLanes.Count);
    }

    /// <summary>Asks for the cache lines of a later step, those of other columns too: memory is best read in order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Prefetch(byte* step)
    {
        if (!Sse.IsSupported)
            return;
        Sse.Prefetch0(step + Ahead);
        if (Step > 64)
            Sse.Prefetch0(step + Ahead + 64);
    }
}
