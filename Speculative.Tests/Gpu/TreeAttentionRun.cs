using ILGPU.Runtime;

namespace Speculative.Tests;

/// <summary>One evaluation of the kernel pair (ancestor table, tree attention) on host arrays.</summary>
sealed record TreeAttentionRun(int Heads, int KvHeads, int HeadDim, int Committed)
{
    /// <summary>The format of keys and values on the device.</summary>
    public ElementType Cache { get; init; } = ElementType.F32;

    /// <summary>Tokens beyond <see cref="Committed"/> that the host sizes the launch for.</summary>
    public int Spare { get; init; }

    /// <summary>Computes the rows of nodes <paramref name="firstNode"/> onwards; [new nodes, heads, headDim].</summary>
    public float[] Evaluate(Accelerator accelerator, int[] parents, float[] queries, float[] keys, float[] values, int firstNode = 0)
    {
        int stride = parents.Length + 3;
        using DeviceArray<int> parentBuffer = new(accelerator, parents);
        using DeviceArray<int> committed = new(accelerator, [Committed]), depths = new(accelerator, parents.Length);
        using DeviceArray<int> ancestors = new(accelerator, parents.Length * stride);
        using DeviceArray<float> queryBuffer = new(accelerator, queries[(firstNode * Heads * HeadDim)..]);
        using StoredArray keyBuffer = new(accelerator, keys, Cache);
        using StoredArray valueBuffer = new(accelerator, values, Cache);
        using DeviceArray<float> output = new(accelerator, queries.Length - firstNode * Heads * HeadDim);
        AcceleratorStream stream = accelerator.DefaultStream;
        new AncestorTableKernel(accelerator).Launch(stream, 0, parents.Length, stride, parentBuffer, depths, ancestors);
        TreeAttentionShape shape = new(Heads, KvHeads, HeadDim, Committed + Spare, firstNode, parents.Length, stride);
        new TreeAttentionKernel(accelerator).Launch(
            stream, shape, committed, depths, ancestors, queryBuffer, keyBuffer.Numbers, valueBuffer.Numbers, output);
        return output.ToHost();
    }

    /// <summary>Random queries, keys and values for a tree of <paramref name="nodes"/> nodes.</summary>
    public (float[] Queries, float[] Keys, float[] Values) Inputs(int nodes, int seed)
    {
        int slots = Committed + Spare + nodes;
        return (Scaled(RandomTrees.Floats(nodes * Heads * HeadDim, seed)), RandomTrees.Floats(slots * KvHeads * HeadDim, seed + 1),
            RandomTrees.Floats(slots * KvHeads * HeadDim, seed + 2));
    }

    // Large queries make the soft-max peaked: a running maximum that is not carried along shows.
    static float[] Scaled(float[] queries) => [.. queries.Select(q => 6 * q)];
}
