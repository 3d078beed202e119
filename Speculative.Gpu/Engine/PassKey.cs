using ILGPU;
using ILGPU.Runtime;

namespace Speculative;

/// <summary>
/// All that the launches of a pass depend on, but for what they read from the device: the numbers of the committed tokens, the tokens, the
/// tree. Passes of one key are the same launches with the same arguments.
/// </summary>
/// <param name="Layers">The layers.</param>
/// <param name="FirstNode">The tree's row that is row 0 of the pass.</param>
/// <param name="Rows">The rows.</param>
/// <param name="FirstSplits">The splits of attention, which grow with the context; of a chain that is cut, its first piece's.</param>
/// <param name="LastSplits">Those of its last piece.</param>
/// <param name="Keys">Where the first layer's keys are.</param>
/// <param name="Values">Where the last layer's values are: with the keys, the cache and its capacity.</param>
/// <param name="Depths">Where the table of depths is.</param>
/// <param name="Ancestors">Where that of ancestors is.</param>
/// <param name="Stride">The length of a row of it.</param>
/// <param name="Ends">Where the ends of subtrees are; 0 in a tree that is not laid out depth first.</param>
/// <param name="TileEnds">Where the ends of tiles are, behind those of the tree's rows.</param>
/// <param name="Turns">Where the rotary table is.</param>
/// <param name="Partials">Where attention leaves its partial results.</param>
/// <param name="Stats">Where it leaves their maxima and sums.</param>
/// <param name="Hidden">Where the rows go.</param>
readonly record struct PassKey(
    LayerRange Layers, int FirstNode, int Rows, int FirstSplits, int LastSplits, nint Keys, nint Values, nint Depths, nint Ancestors,
    int Stride, nint Ends, nint TileEnds, nint Turns, nint Partials, nint Stats, nint Hidden)
{
    /// <summary>Where a view lies on the device; 0 for an empty one.</summary>
    public static nint Address<T>(ArrayView<T> view) where T : unmanaged => view.Length == 0 ? 0 : view.LoadEffectiveAddressAsPtr();
}
