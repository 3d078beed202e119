using ILGPU;

namespace Speculative;

/// <summary>A lane's weights of 16 outputs x 64 inputs as they are stored: one stage of a tensor-core product, in registers from its load
/// to its products.</summary>
interface IWeightStage
{
    /// <summary>The 16-byte loads that bring it: a constant.</summary>
    int Loads { get; }

    /// <summary>Loads the stage at a place, a lane's share of it.</summary>
    void Load(ArrayView<Fragment> weights, ArrayView<ulong> scales, long place, int lane);

    /// <summary>Adds its products with the staged rows.</summary>
    void Multiply<TCore, TTile>(ref TTile sums, ArrayView<uint> stage, int at, ArrayView<uint> scratch)
        where TCore : struct, ITensorCore where TTile : struct, IRowTile;
}
