using ILGPU;
using ILGPU.Runtime;

namespace Speculative;

/// <summary>
/// Token Recycling's draft on the device: fills a fixed template with tokens by gathers in the matrix, level by level, and numbers what is
/// there. Absent are nodes whose row is unknown, whose parent is absent, and those beyond the room of the step. Portable.
/// </summary>
/// <remarks>
/// Layout: matrix [vocabulary, 8], -1 where unknown; template parents, ranks, depths and valueOrder [template nodes], root included, as the
/// CPU's <c>TreeTemplate</c>; tokens and parents of the tree [capacity], count [1]. Places beyond the count become harmless nodes, children
/// of the root with its token, so that a pass of a fixed size may follow without asking how many there are. Grid: one group; a thread takes
/// every groupSize-th node of a level. Cost: a gather and a barrier a level. Oracle: the CPU's <c>TokenRecyclingDrafter</c>, tree for tree.
/// </remarks>
sealed class TokenRecyclingDraftKernel(Accelerator accelerator)
{
    /// <summary>Continuations a token.</summary>
    public const int Width = 8;

    /// <summary>The most nodes of a template, root included.</summary>
    public const int MaxNodes = 1024;

    readonly Action<AcceleratorStream, KernelConfig, int, int, ArrayView<int>, ArrayView<int>, ArrayView<int>, ArrayView<int>,
        ArrayView<int>, ArrayView<int>, ArrayView<int>, ArrayView<int>> kernel =
        accelerator.LoadKernel<int, int, ArrayView<int>, ArrayView<int>, ArrayView<int>, ArrayView<int>, ArrayView<int>, ArrayView<int>,
            ArrayView<int>, ArrayView<int>>(Run);

    readonly int groupSize = GroupSize.AtMost(128, accelerator);

    /// <summary>Drafts.</summary>
    /// <param name="stream">The stream to launch on.</param>
    /// <param name="template">The nodes of the template, root included; 1 to <see cref="MaxNodes"/>.</param>
    /// <param name="depth">The depth of its deepest node.</param>
    /// <param name="capacity">The most nodes of the tree, root included; at least 1.</param>
    /// <param name="matrix">The matrix; [vocabulary, 8].</param>
    /// <param name="templateParents">The template's parents; [template].</param>
    /// <param name="ranks">Which continuation each node takes; [template].</param>
    /// <param name="depths">The template's depths; [template].</param>
    /// <param name="valueOrder">How many nodes are worth more than each; [template].</param>
    /// <param name="tokens">Holds the root's token at 0, receives the others; [capacity].</param>
    /// <param name="parents">Receives the parents; [capacity].</param>
    /// <param name="count">Receives the nodes, root included; [1].</param>
    /// <exception cref="ArgumentException">A view is too short.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A size is out of range.</exception>
    public void Launch(
        AcceleratorStream stream, int template, int depth, int capacity, ArrayView<int> matrix, ArrayView<int> templateParents,
        ArrayView<int> ranks, ArrayView<int> depths, ArrayView<int> valueOrder, ArrayView<int> tokens, ArrayView<int> parents,
        ArrayView<int> count)
    {
        KernelGuard.ThrowIfOutside(template, 1, MaxNodes);
        KernelGuard.ThrowIfOutside(depth, 0, template - 1);
        KernelGuard.ThrowIfOutside(capacity, 1, int.MaxValue);
        KernelGuard.ThrowIfShorter(matrix, Width, "vocabulary x 8");
        KernelGuard.ThrowIfShorter(templateParents, template, "template");
        KernelGuard.ThrowIfShorter(ranks, template, "template");
        KernelGuard.ThrowIfShorter(depths, template, "template");
        KernelGuard.ThrowIfShorter(valueOrder, template, "template");
        KernelGuard.ThrowIfShorter(tokens, capacity, "capacity");
        KernelGuard.ThrowIfShorter(parents, capacity, "capacity");
        KernelGuard.ThrowIfShorter(count, 1, "one");
        kernel(stream, (1, groupSize), depth, capacity, matrix, templateParents.SubView(0, template), ranks, depths, valueOrder, tokens,
            parents, count);
    }

    [KernelEntry(groupSize: 128, maxRegisters: 64)]
    static void Run(
        int depth, int capacity, ArrayView<int> matrix, ArrayView<int> templateParents, ArrayView<int> ranks, ArrayView<int> depths,
        ArrayView<int> valueOrder, ArrayView<int> tokens, ArrayView<int> parents, ArrayView<int> count)
    {
        // The token of each template node, -1 where it is absent; then its number in the tree.
        ArrayView<int> found = SharedMemory.Allocate<int>(MaxNodes);
        ArrayView<int> numbers = SharedMemory.Allocate<int>(MaxNodes);
        int nodes = (int)templateParents.Length, root = tokens[0];
        if (Group.IdxX == 0)
            found[0] = root;
        for (int level = 1; level <= depth; level++)
        {
            Group.Barrier();
            for (int node = Group.IdxX; node < nodes; node += Group.DimX)
                if (depths[node] == level)
                {
                    int parent = found[templateParents[node]];
                    found[node] = parent < 0 || valueOrder[node] >= capacity - 1 ? -1 : matrix[(long)parent * Width + ranks[node]];
                }
        }
        Group.Barrier();
        for (int node = Group.IdxX; node < nodes; node += Group.DimX)
            numbers[node] = found[node] >= 0 && !RepeatsASibling(found, templateParents, node) ? 1 : 0;
        Group.Barrier();
        for (int node = Group.IdxX; node < nodes; node += Group.DimX)
        {
            // A node whose ancestor repeats a sibling is absent with it.
            bool present = true;
            for (int at = node; at >= 0; at = templateParents[at])
                present &= numbers[at] != 0;
            if (!present)
                found[node] = -1;
        }
        Group.Barrier();
        for (int node = Group.IdxX; node < nodes; node += Group.DimX)
        {
            int number = 0;
            for (int before = 0; before < node; before++)
                number += found[before] >= 0 ? 1 : 0;
            numbers[node] = number;
        }
        Group.Barrier();
        for (int node = Group.IdxX; node < nodes; node += Group.DimX)
            if (found[node] >= 0)
            {
                tokens[numbers[node]] = found[node];
                parents[numbers[node]] = node == 0 ? -1 : numbers[templateParents[node]];
            }
        int total = numbers[nodes - 1] + (found[nodes - 1] >= 0 ? 1 : 0);
        if (Group.IdxX == 0)
            count[0] = total;
        for (int place = total + Group.IdxX; place < capacity; place += Group.DimX)
        {
            tokens[place] = root;
            parents[place] = 0;
        }
    }

    // Siblings lie side by side. Written rows hold distinct tokens; a matrix from elsewhere may not.
    static bool RepeatsASibling(ArrayView<int> found, ArrayView<int> templateParents, int node)
    {
        for (int before = node - 1; before > 0 && templateParents[before] == templateParents[node]; before--)
            if (found[before] == found[node])
                return true;
        return false;
    }
}
