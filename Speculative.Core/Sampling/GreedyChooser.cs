namespace Speculative;

/// <summary>Always the most likely token; needs one integer of the row.</summary>
public sealed class GreedyChooser : ITokenChooser
{
    /// <inheritdoc/>
    public int Choose(IModelOutput output, int node, long position) => output.ArgMax(node);
}
