using ILGPU;
using ILGPU.Runtime;

namespace Speculative;

/// <summary>
/// The tree under evaluation as the device sees it, by row: the order of its nodes in the cache and in all that a pass reads and writes. A
/// tree of more than 64 nodes that is evaluated whole is laid out depth first; in others a node is its own row.
/// </summary>
sealed class DeviceTree : IDisposable
{
    const int LargestInOrder = 64;

    readonly GpuContext context;
    readonly DepthFirstLayout layout;
    readonly DeviceBuffer parents, depths, ancestors, subtrees;
    readonly int stride;
    readonly int[] pathRows, nodeDepths;
    DraftTree? tree;
    int tabled;
    bool isLaidOut, hasSubtrees;

    /// <summary>Takes memory.</summary>
    /// <param name="context">The device.</param>
    /// <param name="maxNodes">The most nodes.</param>
    /// <exception cref="GpuMemoryException">The device has not so much memory.</exception>
    public DeviceTree(GpuContext context, int maxNodes)
    {
        const string purpose = "A sequence's table of ancestors";
        this.context = context;
        stride = maxNodes;
        layout = new(maxNodes);
        (pathRows, nodeDepths) = (new int[maxNodes], new int[maxNodes]);
        parents = new(context, maxNodes * sizeof(int), purpose);
        depths = new(context, maxNodes * sizeof(int), purpose);
        subtrees = new(context, (maxNodes + DepthFirstLayout.Tiles(maxNodes)) * sizeof(int), purpose);
        ancestors = new(context, (long)maxNodes * maxNodes * sizeof(int), purpose);
    }

    /// <summary>Whether the tree is a chain, or a text: its slots are its positions, it needs no tables of its own.</summary>
    public bool IsChain { get; private set; }

    /// <summary>The token of each row.</summary>
    public ReadOnlySpan<int> TokenIds => isLaidOut ? layout.TokenIds : tree!.TokenIds;

    /// <summary>The row of a node; outside a laid out tree the node itself.</summary>
    public int Row(int node) => isLaidOut ? layout.Rows[node] : node;

    /// <summary>The depth of a node; of a text's token the place.</summary>
    public int Depth(int node) => tree is null ? node : nodeDepths[node];

    /// <summary>The rows of a path, which ascend as its nodes do; valid until the next call.</summary>
    public ReadOnlySpan<int> Rows(ReadOnlySpan<int> path)
    {
        if (!isLaidOut)
            return path;
        for (int i = 0; i < path.Length; i++)
            pathRows[i] = layout.Rows[path[i]];
        return pathRows.AsSpan(0, path.Length);
    }

    /// <summary>Takes what a tree gained.</summary>
    /// <param name="grown">The tree.</param>
    /// <param name="evaluated">Its nodes that were evaluated before.</param>
    /// <param name="stream">The stream to launch on.</param>
    /// <param name="integers">The way of small integers to the device.</param>
    public void Take(DraftTree grown, int evaluated, AcceleratorStream stream, HostIntegers integers)
    {
        tree = grown;
        grown.Depths.CopyTo(nodeDepths); // what is asked about the pass later is answered from here: its tree may have gone on
        IsChain = grown.Depths[^1] == grown.Count - 1; // a node has no more ancestors than nodes before it
        tabled = Math.Min(tabled, evaluated); // what a pass that failed left behind
        if (evaluated == 0)
        {
            isLaidOut = grown.Count > LargestInOrder && !IsChain;
            hasSubtrees = isLaidOut;
            if (isLaidOut)
            {
                layout.Arrange(grown);
                integers.Send(stream, layout.Subtrees, subtrees.Integers);
            }
        }
        else if (isLaidOut && grown.Count > evaluated)
        {
            layout.Append(grown, evaluated);
            hasSubtrees = false;
        }
        if (!IsChain && tabled < grown.Count)
            Tabulate(stream, integers);
    }

    /// <summary>Forgets the tree: a text comes next, whose tokens are its rows.</summary>
    public void Forget() => (tree, IsChain, isLaidOut, tabled) = (null, true, false, 0);

    /// <summary>The tables of some rows; not for a chain. How deep they may be follows from their number, so that passes over as many
    /// rows are alike (<see cref="PassKey"/>): at most one block of keys more is read for it.</summary>
    public TreeTables Tables(int committed, int first, int rows) => new(
        committed, first, rows, Math.Min(first + rows - 1, AttentionSplits.MaxDepth), false, depths.Integers, ancestors.Integers, stride,
        hasSubtrees ? subtrees.Integers.SubView(0, tree!.Count) : ArrayView<int>.Empty,
        hasSubtrees ? subtrees.Integers.SubView(tree!.Count, DepthFirstLayout.Tiles(tree.Count)) : ArrayView<int>.Empty);

    public void Dispose()
    {
        foreach (DeviceBuffer buffer in (DeviceBuffer[])[parents, depths, ancestors, subtrees])
            buffer.Dispose();
    }

    void Tabulate(AcceleratorStream stream, HostIntegers integers)
    {
        ReadOnlySpan<int> rows = isLaidOut ? layout.Parents : tree!.Parents;
        integers.Send(stream, rows[tabled..], parents.Integers.SubView(tabled, rows.Length - tabled));
        context.Kernels.AncestorTable.Launch(
            stream, tabled, rows.Length, stride, parents.Integers, depths.Integers, ancestors.Integers);
        tabled = rows.Length;
    }
}
