using System.Runtime.CompilerServices;
using ILGPU;

namespace Speculative;

/// <summary>One stage.</summary>
struct ProductStage<TWeights> : IProductStage where TWeights : struct, IWeightStage
{
    TWeights lane;
    RowChunks rows;

    /// <inheritdoc/>
    public readonly int Stages => 1;

    /// <inheritdoc/>
    public readonly int Loads => default(TWeights).Loads;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Load<TTile>(
        ArrayView<Fragment> weights, ArrayView<ulong> scales, ArrayView<Fragment> x, ProductPlace place, int stage, int end)
        where TTile : struct, IRowTile
    {
        if (stage >= end)
            return;
        TWeights loaded = default;
        loaded.Load(weights, scales, place.Weights, place.Lane);
        lane = loaded;
        rows = RowChunks.Load(x, default(TTile).Rows, place.RowChunks, place.Rows);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store<TTile>(ArrayView<Fragment> chunks, int at, int stage, int end) where TTile : struct, IRowTile =>
        rows.Store(chunks, default(TTile).Rows, at);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Multiply<TCore, TTile>(ref TTile sums, ArrayView<uint> words, int at, int stage, int end, ArrayView<uint> scratch)
        where TCore : struct, ITensorCore where TTile : struct, IRowTile =>
        lane.Multiply<TCore, TTile>(ref sums, words, at, scratch);
}
