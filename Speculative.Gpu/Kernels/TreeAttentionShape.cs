using System.Runtime.CompilerServices;
using ILGPU;

namespace Speculative;

/// <summary>The sizes of one tree-attention launch.</summary>
/// <param name="Heads">Query heads; a multiple of <paramref name="KvHeads"/>. Query head h reads KV head h / (Heads / KvHeads).</param>
/// <param name="KvHeads">Key and value heads.</param>
/// <param name="HeadDim">The elements of a head; 1 to <see cref="TreeAttentionKernel.MaxHeadDim"/>.</param>
/// <param name="Committed">The committed tokens: cache slots 0 to Committed - 1, visible to every node. The host sizes a launch by them,
/// kernels read their number from the device (<see cref="With"/>): so a launch is recorded once and run after every commit.</param>
/// <param name="FirstNode">The first node to compute: row 0 of queries and output.</param>
/// <param name="NodeCount">The nodes of the tree, root included; node i lives in slot Committed + i.</param>
/// <param name="AncestorStride">The length of a row of the ancestor table.</param>
readonly record struct TreeAttentionShape(
    int Heads, int KvHeads, int HeadDim, int Committed, int FirstNode, int NodeCount, int AncestorStride)
{
    /// <summary>The rows to compute: new nodes x heads.</summary>
    public int Rows => (NodeCount - FirstNode) * Heads;

    /// <summary>The same with the number of committed tokens that lies on the device.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TreeAttentionShape With(ArrayView<int> committed) =>
        new(Heads, KvHeads, HeadDim, committed[0], FirstNode, NodeCount, AncestorStride);

    /// <summary>Throws unless the sizes fit each other.</summary>
    /// <exception cref="ArgumentException">The heads are no multiple of the KV heads.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A size is out of range.</exception>
    public void ThrowIfInvalid()
    {
        KernelGuard.ThrowIfOutside(HeadDim, 1, TreeAttentionKernel.MaxHeadDim);
        KernelGuard.ThrowIfOutside(KvHeads, 1, int.MaxValue);
        KernelGuard.ThrowIfOutside(Heads, 1, int.MaxValue);
        KernelGuard.ThrowIfNotMultiple(Heads, KvHeads);
        KernelGuard.ThrowIfOutside(Committed, 0, int.MaxValue);
        KernelGuard.ThrowIfOutside(NodeCount, 1, AncestorStride);
        KernelGuard.ThrowIfOutside(FirstNode, 0, NodeCount - 1);
    }
}
