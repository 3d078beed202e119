namespace Speculative;

/// <summary>The outcome of checking one tree.</summary>
/// <param name="PathLength">Nodes on the accepted path, root included; at least 1.</param>
/// <param name="NextTokenId">The token that follows the path.</param>
/// <param name="NextOrigin">Where that token comes from.</param>
public readonly record struct Acceptance(int PathLength, int NextTokenId, TokenOrigin NextOrigin)
{
    /// <summary>Accepted drafts: the path without its root.</summary>
    public int AcceptedLength => PathLength - 1;
}
