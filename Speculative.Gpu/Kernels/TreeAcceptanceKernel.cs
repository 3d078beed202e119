using ILGPU;
using ILGPU.Runtime;

namespace Speculative;

/// <summary>
/// Acceptance of point-mass drafts on the device: the target chose one token after every node, greedily (<see cref="ArgMaxKernel"/>) or by
/// sampling at the node's output position (<see cref="SampleRowsKernel"/>); the walk from the root follows the child that holds it.
/// Portable.
/// </summary>
/// <remarks>
/// Layout: tokens, parents and chosen [nodes], count [1] (nodes beyond it are no drafts), path [nodes], outcome [3]: path length, next
/// token, and whether the path ended at a leaf. Grid: one group. A thread asks of every groupSize-th node whether it holds its parent's
/// choice, and if so enters itself as its parent's successor: siblings are distinct, so one at most does. Then one thread follows the
/// successors, at most as many as the tree is deep, in shared memory. Oracle: <see cref="TargetMatchAcceptance"/>.
/// </remarks>
sealed class TreeAcceptanceKernel(Accelerator accelerator)
{
    /// <summary>The most nodes of a tree.</summary>
    public const int MaxNodes = 1024;

    /// <summary>The elements of an outcome.</summary>
    public const int OutcomeLength = 3;

    readonly Action<AcceleratorStream, KernelConfig, int, ArrayView<int>, ArrayView<int>, ArrayView<int>, ArrayView<int>, ArrayView<int>,
        ArrayView<int>> kernel = accelerator.LoadKernel<int, ArrayView<int>, ArrayView<int>, ArrayView<int>, ArrayView<int>,
        ArrayView<int>, ArrayView<int>>(Run);

    readonly int groupSize = GroupSize.AtMost(128, accelerator);

    /// <summary>Walks.</summary>
    /// <param name="stream">The stream to launch on.</param>
    /// <param name="nodes">The most nodes that the count may say; 1 to <see cref="MaxNodes"/>.</param>
    /// <param name="count">The nodes of the tree; [1].</param>
    /// <param name="tokens">Their tokens; [nodes].</param>
    /// <param name="parents">Their parents; [nodes].</param>
    /// <param name="chosen">The target's token after each, or <see cref="ArgMaxKernel.NonFinite"/>; [nodes].</param>
    /// <param name="path">Receives the accepted nodes; [nodes].</param>
    /// <param name="outcome">Receives the path's length, the token after it (<see cref="ArgMaxKernel.NonFinite"/> where the walk met a
    /// broken row), and 1 if the path ended at a leaf, else 0; [3].</param>
    /// <exception cref="ArgumentException">A view is too short.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A size is out of range.</exception>
    public void Launch(
        AcceleratorStream stream, int nodes, ArrayView<int> count, ArrayView<int> tokens, ArrayView<int> parents, ArrayView<int> chosen,
        ArrayView<int> path, ArrayView<int> outcome)
    {
        KernelGuard.ThrowIfOutside(nodes, 1, MaxNodes);
        KernelGuard.ThrowIfShorter(count, 1, "one");
        KernelGuard.ThrowIfShorter(tokens, nodes, "nodes");
        KernelGuard.ThrowIfShorter(parents, nodes, "nodes");
        KernelGuard.ThrowIfShorter(chosen, nodes, "nodes");
        KernelGuard.ThrowIfShorter(path, nodes, "nodes");
        KernelGuard.ThrowIfShorter(outcome, OutcomeLength, "three");
        kernel(stream, (1, groupSize), nodes, count, tokens, parents, chosen, path, outcome);
    }

    [KernelEntry(groupSize: 128, maxRegisters: 40)]
    static void Run(
        int nodes, ArrayView<int> count, ArrayView<int> tokens, ArrayView<int> parents, ArrayView<int> chosen, ArrayView<int> path,
        ArrayView<int> outcome)
    {
        const int Leaf = -1, Rejected = 0;
        ArrayView<int> successors = SharedMemory.Allocate<int>(MaxNodes);
        nodes = IntrinsicMath.Min(nodes, count[0]);
        for (int node = Group.IdxX; node < nodes; node += Group.DimX)
            successors[node] = Leaf;
        Group.Barrier();
        for (int node = Group.IdxX; node < nodes; node += Group.DimX)
            if (node > 0)
                successors[parents[node]] = Rejected; // the root is nobody's successor; many may write this one value
        Group.Barrier();
        for (int node = Group.IdxX; node < nodes; node += Group.DimX)
            if (node > 0 && chosen[parents[node]] == tokens[node])
                successors[parents[node]] = node;
        Group.Barrier();
        if (Group.IdxX != 0)
            return;
        int last = 0, length = 1;
        path[0] = 0;
        for (int next = successors[0]; next > 0; next = successors[next])
        {
            path[length++] = next;
            last = next;
        }
        outcome[0] = length;
        outcome[1] = chosen[last];
        outcome[2] = successors[last] == Leaf ? 1 : 0;
    }
}
