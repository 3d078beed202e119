using ILGPU;

namespace Speculative;

/// <summary>
/// What a thread of a tensor-core product brings at once: its lane's weights of one or more stages of 64 inputs and its share of their
/// activations, in registers from their loads, issued before the products of what came before, to their use. Structs nested by doubling,
/// as <see cref="IRowTile"/>; of stages from an end onwards nothing is loaded, and only the first of several may be none to be summed.
/// </summary>
interface IProductStage
{
    /// <summary>The stages: a constant.</summary>
    int Stages { get; }

    /// <summary>The 16-byte loads of a stage's weights: a constant.</summary>
    int Loads { get; }

    /// <summary>Loads stages <paramref name="stage"/> onwards.</summary>
    /// <param name="weights">Packed weights.</param>
    /// <param name="scales">Packed scales; empty where there are none.</param>
    /// <param name="x">Packed activations.</param>
    /// <param name="place">Where the first stage lies in them.</param>
    /// <param name="stage">The first stage.</param>
    /// <param name="end">The stage after the last.</param>
    void Load<TTile>(
        ArrayView<Fragment> weights, ArrayView<ulong> scales, ArrayView<Fragment> x, ProductPlace place, int stage, int end)
        where TTile : struct, IRowTile;

    /// <summary>Stores the activations to shared memory, stage after stage from chunk <paramref name="at"/> on.</summary>
    void Store<TTile>(ArrayView<Fragment> chunks, int at, int stage, int end) where TTile : struct, IRowTile;

    /// <summary>Adds the products; <paramref name="words"/> are the stored activations from this lane's first on, <paramref name="at"/>
    /// is a constant.</summary>
    void Multiply<TCore, TTile>(ref TTile sums, ArrayView<uint> words, int at, int stage, int end, ArrayView<uint> scratch)
        where TCore : struct, ITensorCore where TTile : struct, IRowTile;
}
