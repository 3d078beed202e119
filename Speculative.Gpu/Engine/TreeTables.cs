using ILGPU;

namespace Speculative;

/// <summary>What attention knows of the rows of a pass: which nodes they are and which each sees.</summary>
/// <param name="Committed">The committed tokens.</param>
/// <param name="FirstNode">The node of row 0.</param>
/// <param name="Rows">The rows.</param>
/// <param name="Depths">The depth of each node; [nodes].</param>
/// <param name="Ancestors">The path of each node by depth; [nodes, stride].</param>
/// <param name="Stride">The length of a row of <paramref name="Ancestors"/>.</param>
readonly record struct TreeTables(
    int Committed, int FirstNode, int Rows, ArrayView<int> Depths, ArrayView<int> Ancestors, int Stride);
