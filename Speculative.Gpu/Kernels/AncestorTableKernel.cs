using ILGPU;
using ILGPU.Runtime;

namespace Speculative;

/// <summary>
/// Derives a draft tree's visibility on the device from its parents alone: for every node its depth, and its ancestors by depth, itself
/// included. This table takes the place of a bit mask because attention visits keys in order of position: position
/// <c>committed + d</c> of node i is cache slot <c>committed + ancestors[i, d]</c>, one read, where a mask would have to be searched.
/// </summary>
/// <remarks>
/// Layout: parents [nodes], depths [nodes], ancestors [nodes, stride]; entries beyond a node's depth are not written. A stride of at least
/// the number of nodes is enough for every tree. Grid: one thread a node, counted from the first new one, so a tree that grows pays only
/// for
/// its new nodes. Cost: two walks to the root a node, once a pass for all layers. Oracle: <see cref="AncestorMask.CopyPath"/>.
/// </remarks>
sealed class AncestorTableKernel(Accelerator accelerator)
{
    readonly Action<AcceleratorStream, KernelConfig, int, int, int, ArrayView<int>, ArrayView<int>, ArrayView<int>> kernel =
        accelerator.LoadKernel<int, int, int, ArrayView<int>, ArrayView<int>, ArrayView<int>>(Run);

    readonly int groupSize = GroupSize.AtMost(128, accelerator);

    /// <summary>Writes the rows of nodes <paramref name="firstNode"/> to <paramref name="nodeCount"/> - 1.</summary>
    /// <param name="stream">The stream to launch on.</param>
    /// <param name="firstNode">The first node whose row is wanted.</param>
    /// <param name="nodeCount">The nodes of the tree, root included.</param>
    /// <param name="stride">The length of a table row; at least <paramref name="nodeCount"/>.</param>
    /// <param name="parents">The parent of each node, below the node itself, -1 for the root; [nodeCount].</param>
    /// <param name="depths">Receives the depth of each node; [nodeCount].</param>
    /// <param name="ancestors">Receives the node on the path at each depth; [nodeCount, stride].</param>
    /// <exception cref="ArgumentException">A view is too short.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A count is out of range.</exception>
    public void Launch(
        AcceleratorStream stream, int firstNode, int nodeCount, int stride,
        ArrayView<int> parents, ArrayView<int> depths, ArrayView<int> ancestors)
    {
        KernelGuard.ThrowIfOutside(nodeCount, 1, stride);
        KernelGuard.ThrowIfOutside(firstNode, 0, nodeCount - 1);
        KernelGuard.ThrowIfShorter(parents, nodeCount, "nodes");
        KernelGuard.ThrowIfShorter(depths, nodeCount, "nodes");
        KernelGuard.ThrowIfShorter(ancestors, (long)nodeCount * stride, "nodes x stride");
        int groups = (nodeCount - firstNode + groupSize - 1) / groupSize;
        kernel(stream, (groups, groupSize), firstNode, nodeCount, stride, parents, depths, ancestors);
    }

    [KernelEntry(groupSize: 128, maxRegisters: 32)]
    static void Run(int firstNode, int nodeCount, int stride, ArrayView<int> parents, ArrayView<int> depths, ArrayView<int> ancestors)
    {
        int node = firstNode + Grid.IdxX * Group.DimX + Group.IdxX;
        if (node >= nodeCount)
            return;
        int depth = 0;
        for (int at = parents[node]; at >= 0; at = parents[at])
            depth++;
        depths[node] = depth;
        long row = (long)node * stride;
        for (int at = node; depth >= 0; depth--)
        {
            ancestors[row + depth] = at;
            at = parents[at];
        }
    }
}
