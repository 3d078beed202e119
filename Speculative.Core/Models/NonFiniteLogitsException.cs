namespace Speculative;

/// <summary>A model produced NaN or positive infinity as a logit. Weights or inputs are broken; generation never goes on quietly.</summary>
/// <param name="node">The tree node whose row it was.</param>
public sealed class NonFiniteLogitsException(int node)
    : SpeculativeException($"The logits after node {node} hold NaN or positive infinity: "
        + "the model's weights are damaged or its arithmetic overflowed.")
{
    /// <summary>The tree node whose row it was.</summary>
    public int Node { get; } = node;
}
