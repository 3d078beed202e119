namespace Speculative;

/// <summary>Rows that tokens can be drawn from where their logits are, so that those need not be copied.</summary>
public interface ISamplingOutput : IModelOutput
{
    /// <summary>
    /// Draws the token after a node as plain sampling would at its output position. It depends on nothing but the row, the sampling and the
    /// position, so what a drafter proposes does not change it.
    /// </summary>
    /// <param name="node">0 to <see cref="IModelOutput.NodeCount"/> - 1.</param>
    /// <param name="sampling">Temperature, filters, seed.</param>
    /// <param name="position">The output position of the token, from 0.</param>
    /// <param name="tokenId">The token.</param>
    /// <returns>Whether it can; otherwise read the logits.</returns>
    /// <exception cref="NonFiniteLogitsException">The row holds NaN or positive infinity.</exception>
    bool TrySample(int node, StochasticSampling sampling, long position, out int tokenId);
}
