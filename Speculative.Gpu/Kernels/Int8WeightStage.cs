using System.Runtime.CompilerServices;
using ILGPU;

namespace Speculative;

/// <summary>
/// Weights in int8 with a scale for 32 inputs, stored as signed bytes. A lane's 16 bytes of a group hold, in words X and Z output group
/// of the first and second 16 inputs, in Y and W output group + 8; in a word inputs pair, pair + 8, pair + 1, pair + 9. An
/// integer of eight bits is exact in bf16, so nothing is rounded before the sum.
/// </summary>
struct Int8WeightStage : IWeightStage
{
    Fragment first, second;
    ulong groupScales;

    /// <inheritdoc/>
    public readonly int Loads => 2;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Load(ArrayView<Fragment> weights, ArrayView<ulong> scales, long place, int lane)
    {
        first = weights[place * 64 + lane];
        second = weights[place * 64 + 32 + lane];
        groupScales = scales[place * 8 + (lane >> 2)];
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Multiply<TCore, TTile>(ref TTile sums, ArrayView<uint> stage, int at, ArrayView<uint> scratch)
        where TCore : struct, ITensorCore where TTile : struct, IRowTile
    {
        sums.MultiplyGroup<TCore>(
            Widen<TCore>(first.X, first.Y), Widen<TCore>(first.Z, first.W), GroupScales.First(groupScales), stage, at, scratch);
        sums.MultiplyGroup<TCore>(
            Widen<TCore>(second.X, second.Y), Widen<TCore>(second.Z, second.W), GroupScales.Second(groupScales), stage, at + 16, scratch);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Fragment Widen<TCore>(uint upper, uint lower) where TCore : struct, ITensorCore =>
        new(QuantizedInteger.PairOfBytes<TCore>(upper), QuantizedInteger.PairOfBytes<TCore>(lower),
            QuantizedInteger.PairOfBytes<TCore>(upper >> 8), QuantizedInteger.PairOfBytes<TCore>(lower >> 8));
}
