using ILGPU;
using ILGPU.Runtime;

namespace Speculative;

/// <summary>
/// Token Recycling's update on the device: every node's most likely continuations become its token's row of the matrix. Where a token
/// stands at several nodes the winner is defined: rejected nodes in order, then the accepted path, the last one writes. Portable.
/// </summary>
/// <remarks>
/// Layout: tokens [nodes], accepted path [pathLength] ascending from 0, continuations [nodes, width], matrix [vocabulary, 8]. Grid: one
/// group; a thread takes every groupSize-th node, asks whether a later write has its token, and copies its row if not: no two threads write
/// one row. Cost: nodes^2 comparisons in shared memory, one row a distinct token. Oracle: the CPU's <c>TokenRecyclingDrafter</c>.
/// </remarks>
sealed class TokenRecyclingUpdateKernel(Accelerator accelerator)
{
    readonly Action<AcceleratorStream, KernelConfig, int, ArrayView<int>, ArrayView<int>, ArrayView<int>, ArrayView<int>> kernel =
        accelerator.LoadKernel<int, ArrayView<int>, ArrayView<int>, ArrayView<int>, ArrayView<int>>(Run);

    readonly int groupSize = GroupSize.AtMost(128, accelerator);

    /// <summary>Learns a verified tree.</summary>
    /// <param name="stream">The stream to launch on.</param>
    /// <param name="nodes">The nodes, root included; 1 to <see cref="TokenRecyclingDraftKernel.MaxNodes"/>.</param>
    /// <param name="pathLength">The accepted nodes, root included.</param>
    /// <param name="width">The continuations of a node: 8, or the vocabulary where that is smaller.</param>
    /// <param name="tokens">The tokens; [nodes].</param>
    /// <param name="path">The accepted path; [pathLength].</param>
    /// <param name="continuations">The most likely tokens after each node, in order; [nodes, width].</param>
    /// <param name="matrix">The matrix; [vocabulary, 8].</param>
    /// <exception cref="ArgumentException">A view is too short.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A size is out of range.</exception>
    public void Launch(
        AcceleratorStream stream, int nodes, int pathLength, int width, ArrayView<int> tokens, ArrayView<int> path,
        ArrayView<int> continuations, ArrayView<int> matrix)
    {
        KernelGuard.ThrowIfOutside(nodes, 1, TokenRecyclingDraftKernel.MaxNodes);
        KernelGuard.ThrowIfOutside(pathLength, 1, nodes);
        KernelGuard.ThrowIfOutside(width, 1, TokenRecyclingDraftKernel.Width);
        KernelGuard.ThrowIfShorter(tokens, nodes, "nodes");
        KernelGuard.ThrowIfShorter(path, pathLength, "path length");
        KernelGuard.ThrowIfShorter(continuations, (long)nodes * width, "nodes x width");
        kernel(stream, (1, groupSize), width, tokens.SubView(0, nodes), path.SubView(0, pathLength), continuations, matrix);
    }

    [KernelEntry(groupSize: 128, maxRegisters: 64)]
    static void Run(int width, ArrayView<int> tokens, ArrayView<int> path, ArrayView<int> continuations, ArrayView<int> matrix)
    {
        ArrayView<int> shared = SharedMemory.Allocate<int>(TokenRecyclingDraftKernel.MaxNodes);
        ArrayView<int> turns = SharedMemory.Allocate<int>(TokenRecyclingDraftKernel.MaxNodes);
        int nodes = (int)tokens.Length;
        for (int node = Group.IdxX; node < nodes; node += Group.DimX)
        {
            shared[node] = tokens[node];
            turns[node] = node;
        }
        Group.Barrier();
        // A path ascends, so that behind all rejected nodes its own are in order already.
        for (int i = Group.IdxX; i < path.Length; i += Group.DimX)
            turns[path[i]] = nodes + path[i];
        Group.Barrier();
        for (int node = Group.IdxX; node < nodes; node += Group.DimX)
        {
            bool last = true;
            for (int other = 0; other < nodes; other++)
                last &= shared[other] != shared[node] || turns[other] <= turns[node];
            if (last)
                for (int rank = 0; rank < width; rank++)
                    matrix[(long)shared[node] * TokenRecyclingDraftKernel.Width + rank] = continuations[node * width + rank];
        }
    }
}
