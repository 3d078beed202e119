using System.Runtime.CompilerServices;
using ILGPU;

namespace Speculative;

/// <summary>
/// Weights in int4 with a scale for 32 inputs, stored as q + 8 as the CPU engine's panels are. A lane's 16 bytes hold two groups of inputs:
/// words X and Y output group and group + 8 of the first, Z and W of the second; in the lower half of a word, from the low nibble on,
/// inputs pair, pair + 8, pair + 16, pair + 24, in the upper half the inputs after them.
/// </summary>
struct Int4WeightStage : IWeightStage
{
    Fragment groups;
    ulong groupScales;

    /// <inheritdoc/>
    public readonly int Loads => 1;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Load(ArrayView<Fragment> weights, ArrayView<ulong> scales, long place, int lane)
    {
        groups = weights[place * 32 + lane];
        groupScales = scales[place * 8 + (lane >> 2)];
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Multiply<TCore, TTile>(ref TTile sums, ArrayView<uint> stage, int at, ArrayView<uint> scratch)
        where TCore : struct, ITensorCore where TTile : struct, IRowTile
    {
        sums.MultiplyGroup<TCore>(
            Widen<TCore>(groups.X, groups.Y), Widen<TCore>(groups.X >> 8, groups.Y >> 8), GroupScales.First(groupScales), stage, at,
            scratch);
        sums.MultiplyGroup<TCore>(
            Widen<TCore>(groups.Z, groups.W), Widen<TCore>(groups.Z >> 8, groups.W >> 8), GroupScales.Second(groupScales), stage, at + 16,
            scratch);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Fragment Widen<TCore>(uint upper, uint lower) where TCore : struct, ITensorCore =>
        new(QuantizedInteger.PairOfNibbles<TCore>(upper), QuantizedInteger.PairOfNibbles<TCore>(lower),
            QuantizedInteger.PairOfNibbles<TCore>(upper >> 4), QuantizedInteger.PairOfNibbles<TCore>(lower >> 4));
}
