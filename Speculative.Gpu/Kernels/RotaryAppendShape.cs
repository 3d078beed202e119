namespace Speculative;

/// <summary>The sizes of one launch of <see cref="RotaryAppendKernel"/>.</summary>
/// <param name="Heads">Query heads.</param>
/// <param name="KvHeads">Key and value heads.</param>
/// <param name="HeadDim">The elements of a head; even, at most <see cref="TreeAttentionKernel.MaxHeadDim"/>.</param>
/// <param name="Committed">The committed tokens, by which the host checks; the kernel reads the number from the device.</param>
/// <param name="FirstNode">The node of row 0; node i goes to slot Committed + i and is turned to position Committed + depth(i).</param>
/// <param name="Splits">The partial sums of an element of the product; at least 1.</param>
/// <param name="Epsilon">Added to the mean square where heads are normalised.</param>
readonly record struct RotaryAppendShape(
    int Heads, int KvHeads, int HeadDim, int Committed, int FirstNode, int Splits, float Epsilon)
{
    /// <summary>The length of a row of the fused product: queries, keys, values.</summary>
    public int RowLength => (Heads + 2 * KvHeads) * HeadDim;
}
