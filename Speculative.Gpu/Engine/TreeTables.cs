using ILGPU;

namespace Speculative;

/// <summary>What attention knows of the rows of a pass: which they are and which each sees.</summary>
/// <param name="Committed">The committed tokens.</param>
/// <param name="FirstNode">The tree's row that is row 0 of the pass.</param>
/// <param name="Rows">The rows.</param>
/// <param name="MaxDepth">What attention on tensor cores is sized for: at least the depth of any row, of a tree at most 64. The
/// portable one ignores it.</param>
/// <param name="IsChain">Whether the rows are a chain from its first node on.</param>
/// <param name="Depths">The depth of each row of the tree; [nodes].</param>
/// <param name="Ancestors">The path of each row by depth; [nodes, stride].</param>
/// <param name="Stride">The length of a row of <paramref name="Ancestors"/>.</param>
/// <param name="Ends">The row after each row's subtree where the tree is laid out depth first, otherwise empty; [nodes].</param>
/// <param name="TileEnds">The largest end of each tile of rows; [tiles].</param>
readonly record struct TreeTables(
    int Committed, int FirstNode, int Rows, int MaxDepth, bool IsChain, ArrayView<int> Depths, ArrayView<int> Ancestors, int Stride,
    ArrayView<int> Ends, ArrayView<int> TileEnds)
{
    /// <summary>The sizes of an attention launch for these rows.</summary>
    public TreeAttentionShape Shape(ModelConfig config) =>
        new(config.HeadCount, config.KeyValueHeadCount, config.HeadSize, Committed, FirstNode, FirstNode + Rows, Stride);
}
