using System.Runtime.CompilerServices;
using ILGPU;

namespace Speculative;

/// <summary>Two stages, or two pairs, one after the other.</summary>
struct ProductStagePair<T> : IProductStage where T : struct, IProductStage
{
    T first, second;

    /// <inheritdoc/>
    public readonly int Stages => 2 * default(T).Stages;

    /// <inheritdoc/>
    public readonly int Loads => default(T).Loads;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Load<TTile>(
        ArrayView<Fragment> weights, ArrayView<ulong> scales, ArrayView<Fragment> x, ProductPlace place, int stage, int end)
        where TTile : struct, IRowTile
    {
        T near = first, far = second;
        near.Load<TTile>(weights, scales, x, place, stage, end);
        far.Load<TTile>(weights, scales, x, place.After(default(T).Stages), stage + default(T).Stages, end);
        (first, second) = (near, far);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store<TTile>(ArrayView<Fragment> chunks, int at, int stage, int end) where TTile : struct, IRowTile
    {
        first.Store<TTile>(chunks, at, stage, end);
        if (stage + default(T).Stages < end)
            second.Store<TTile>(
                chunks, at + default(T).Stages * default(TTile).Rows * TensorProductKernel.StagePitch / 4, stage + default(T).Stages, end);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Multiply<TCore, TTile>(ref TTile sums, ArrayView<uint> words, int at, int stage, int end, ArrayView<uint> scratch)
        where TCore : struct, ITensorCore where TTile : struct, IRowTile
    {
        first.Multiply<TCore, TTile>(ref sums, words, at, stage, end, scratch);
        if (stage + default(T).Stages < end)
            second.Multiply<TCore, TTile>(
                ref sums, words, at + default(T).Stages * default(TTile).Rows * TensorProductKernel.StagePitch, stage + default(T).Stages,
                end, scratch);
    }
}
