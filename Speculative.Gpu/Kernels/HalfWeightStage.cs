using System.Runtime.CompilerServices;
using ILGPU;

namespace Speculative;

/// <summary>Weights in 16 bits, stored as the fragments that they are multiplied as.</summary>
struct HalfWeightStage : IWeightStage
{
    Fragment a, b, c, d;

    /// <inheritdoc/>
    public readonly int Loads => 4;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Load(ArrayView<Fragment> weights, ArrayView<ulong> scales, long place, int lane)
    {
        long at = place * 128 + lane;
        a = weights[at];
        b = weights[at + 32];
        c = weights[at + 64];
        d = weights[at + 96];
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Multiply<TCore, TTile>(ref TTile sums, ArrayView<uint> stage, int at, ArrayView<uint> scratch)
        where TCore : struct, ITensorCore where TTile : struct, IRowTile
    {
        sums.Multiply<TCore>(a, stage, at, scratch);
        sums.Multiply<TCore>(b, stage, at + 8, scratch);
        sums.Multiply<TCore>(c, stage, at + 16, scratch);
        sums.Multiply<TCore>(d, stage, at + 24, scratch);
    }
}
