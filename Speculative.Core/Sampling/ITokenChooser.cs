namespace Speculative;

/// <summary>Chooses the token after a node from the target's row, as plain decoding would at that output position.</summary>
public interface ITokenChooser
{
    /// <summary>Chooses a token.</summary>
    /// <param name="output">The target's rows.</param>
    /// <param name="node">The row.</param>
    /// <param name="position">The output position of the token, from 0.</param>
    int Choose(IModelOutput output, int node, long position);
}
