using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Algorithms;

namespace Speculative;

/// <summary>What a warp does with the scores of a row's tail, wherever they come from: soft-max together with the splits before the tail,
/// their sum, the output.</summary>
static class TailSums
{
    /// <summary>Turns scores into weights, scaled to the largest of all scores, those of the splits included; gives that maximum and the
    /// sum of all weights.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowPair Weigh(TailRow row, ArrayView<float> scores, ArrayView<RowPair> stats, int rows, int lane)
    {
        float max = float.NegativeInfinity, total = 0;
        for (int key = lane; key < row.Count; key += 32)
            max = XMath.Max(max, scores[key]);
        for (int split = lane; split < row.Splits; split += 32)
            max = XMath.Max(max, stats[split * rows + row.Index].Upper);
        for (int mask = 16; mask > 0; mask /= 2)
            max = XMath.Max(max, Warp.ShuffleXor(max, mask));
        for (int key = lane; key < row.Count; key += 32)
        {
            float weight = XMath.Exp2(scores[key] - max);
            scores[key] = weight;
            total += weight;
        }
        for (int split = lane; split < row.Splits; split += 32)
        {
            RowPair found = stats[split * rows + row.Index];
            total += found.Lower * XMath.Exp2(found.Upper - max);
        }
        for (int mask = 16; mask > 0; mask /= 2)
            total += Warp.ShuffleXor(total, mask);
        Warp.Barrier();
        return new(max, total);
    }

    /// <summary>A lane's part of the sum of the splits: chunk lane % chunks of every (32 / chunks)-th.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ElementOctet OfSplits(
        TailRow row, ArrayView<ElementQuad> partials, ArrayView<RowPair> stats, int rows, int chunks, float max, int lane)
    {
        ElementOctet sums = default;
        for (int split = lane / chunks; split < row.Splits; split += 32 / chunks)
        {
            long at = ((long)split * rows + row.Index) * chunks * 2 + 2 * (lane % chunks);
            float factor = XMath.Exp2(stats[split * rows + row.Index].Upper - max);
            sums = sums.Plus(factor, new(partials[at], partials[at + 1]));
        }
        return sums;
    }

    /// <summary>Adds the lanes' parts and stores the row, in f32 or rounded to the 16 bits of the format.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<TFormat>(
        ElementOctet sums, float total, TailRow row, ArrayView<Fragment> output, int elementBytes, int chunks, int lane)
        where TFormat : struct, IHalfFormat
    {
        for (int mask = 16; mask >= chunks; mask /= 2)
            sums = sums.Plus(1, new(Exchange(sums.Low, mask), Exchange(sums.High, mask)));
        if (lane < chunks && row.Index >= 0)
        {
            long at = (long)row.Index * chunks + lane;
            ElementOctet mean = new(Divide(sums.Low, total), Divide(sums.High, total));
            if (elementBytes == 2)
            {
                output[at] = mean.Rounded<TFormat>();
                return;
            }
            output[2 * at] = Bits(mean.Low);
            output[2 * at + 1] = Bits(mean.High);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static ElementQuad Exchange(ElementQuad quad, int mask) => new(
        Warp.ShuffleXor(quad.X, mask), Warp.ShuffleXor(quad.Y, mask), Warp.ShuffleXor(quad.Z, mask), Warp.ShuffleXor(quad.W, mask));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Fragment Bits(ElementQuad quad) => new(
        Interop.FloatAsInt(quad.X), Interop.FloatAsInt(quad.Y), Interop.FloatAsInt(quad.Z), Interop.FloatAsInt(quad.W));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static ElementQuad Divide(ElementQuad quad, float by) => new(quad.X / by, quad.Y / by, quad.Z / by, quad.W / by);
}
