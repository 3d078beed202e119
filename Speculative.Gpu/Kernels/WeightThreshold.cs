using System.Runtime.CompilerServices;
using ILGPU;

namespace Speculative;

/// <summary>What filters keep of a row: all tokens whose weight is above a threshold, and the first of those that equal it.</summary>
/// <param name="Bits">The threshold's bits.</param>
/// <param name="Ties">How many of the tokens that equal it are kept, lowest ids first.</param>
readonly record struct WeightThreshold(uint Bits, int Ties)
{
    /// <summary>The bins of a histogram of eight bits.</summary>
    public const int Bins = 256;

    /// <summary>Keeps the <paramref name="count"/> most likely tokens.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WeightThreshold OfCount(
        int count, ArrayView<float> row, float max, float temperature, ArrayView<ulong> bins, ArrayView<ulong> found)
    {
        ulong left = (ulong)count;
        uint bits = Select(false, ref left, row, max, temperature, bins, found);
        return new(bits, (int)left);
    }

    /// <summary>Keeps the most likely tokens until they reach a mass.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WeightThreshold OfMass(
        ulong wanted, ArrayView<float> row, float max, float temperature, ArrayView<ulong> bins, ArrayView<ulong> found)
    {
        ulong left = IntrinsicMath.Max(wanted, 1UL); // the most likely token always stays
        uint bits = Select(true, ref left, row, max, temperature, bins, found);
        ulong each = TokenWeight.Mass(Interop.IntAsFloat(bits));
        return new(bits, each == 0 ? int.MaxValue : (int)((left + each - 1) / each));
    }

    /// <summary>What both keep: both are prefixes of one order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public WeightThreshold And(WeightThreshold other) => other.Bits > Bits ? other
        : other.Bits < Bits ? this
        : new(Bits, IntrinsicMath.Min(Ties, other.Ties));

    /// <summary>The kept mass of tokens <paramref name="first"/> to <paramref name="end"/> - 1, a run of the row for every thread.
    /// <paramref name="equals"/> receives how many tokens of each run equal the threshold.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Mass(ArrayView<float> row, int first, int end, float max, float temperature, ArrayView<int> equals)
    {
        int own = 0;
        for (int i = first; i < end; i++)
            own += TokenWeight.Bits(TokenWeight.Of(row[i], max, temperature)) == Bits ? 1 : 0;
        Group.Barrier();
        equals[Group.IdxX] = own;
        Group.Barrier();
        int left = Left(equals);
        ulong mass = 0;
        for (int i = first; i < end; i++)
            mass += Kept(TokenWeight.Of(row[i], max, temperature), ref left);
        return mass;
    }

    /// <summary>The token of a run that holds a point of its kept mass.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Find(ulong point, ArrayView<float> row, int first, int end, float max, float temperature, ArrayView<int> equals)
    {
        int left = Left(equals);
        ulong mass = 0;
        for (int i = first; i < end; i++)
        {
            mass += Kept(TokenWeight.Of(row[i], max, temperature), ref left);
            if (point < mass)
                return i;
        }
        return end - 1;
    }

    // How many tokens that equal the threshold this thread's run may keep after the runs before it.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    int Left(ArrayView<int> equals)
    {
        int left = Ties;
        for (int thread = 0; thread < Group.IdxX; thread++)
            left -= IntrinsicMath.Min(equals[thread], left);
        return left;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    ulong Kept(float weight, ref int left)
    {
        uint bits = TokenWeight.Bits(weight);
        bool kept = bits > Bits || bits == Bits && left > 0;
        left -= kept && bits == Bits ? 1 : 0;
        return kept ? TokenWeight.Mass(weight) : 0;
    }

    // Descends from the highest eight bits: the bin in which the tokens, the most likely first, reach what is wanted. Leaves in wanted
    // what the tokens that equal the result must bring.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static uint Select(
        bool byMass, ref ulong wanted, ArrayView<float> row, float max, float temperature, ArrayView<ulong> bins, ArrayView<ulong> found)
    {
        uint prefix = 0, mask = 0;
        for (int shift = 24; shift >= 0; shift -= 8)
        {
            Group.Barrier();
            for (int bin = Group.IdxX; bin < Bins; bin += Group.DimX)
                bins[bin] = 0;
            Group.Barrier();
            for (long i = Group.IdxX; i < row.Length; i += Group.DimX)
            {
                float weight = TokenWeight.Of(row[i], max, temperature);
                uint bits = TokenWeight.Bits(weight);
                if ((bits & mask) == prefix)
                    Atomic.Add(ref bins[(int)(bits >> shift & 255)], byMass ? TokenWeight.Mass(weight) : 1UL);
            }
            Group.Barrier();
            if (Group.IdxX == 0)
            {
                int bin = Bins - 1;
                for (; bin > 0 && bins[bin] < wanted; bin--)
                    wanted -= bins[bin];
                found[0] = (ulong)bin;
                found[1] = wanted;
            }
            Group.Barrier();
            prefix |= (uint)found[0] << shift;
            mask |= 255u << shift;
            wanted = found[1];
        }
        return prefix;
    }
}
