namespace Speculative.Drafters;

/// <summary>
/// For each token the target's most likely next tokens when it last saw that token, whatever the context: Token Recycling's whole memory.
/// [vocabulary, 8] 32-bit integers (1 MB at 32 k tokens), rows in descending order of logit, -1 where nothing is known.
/// </summary>
/// <remarks>
/// May be shared by sessions on several threads: single entries are written whole, so a reader may meet a row half old and half new (and in
/// it the same token twice), never an invalid token. Drafts may differ then, outputs cannot.
/// </remarks>
sealed class AdjacencyMatrix
{
    /// <summary>Continuations a token.</summary>
    public const int Width = TreeTemplate.MaxChildren;

    readonly int[] entries;

    /// <summary>Creates a matrix that knows nothing.</summary>
    public AdjacencyMatrix(int vocabularySize)
    {
        entries = new int[checked(vocabularySize * Width)];
        Clear();
    }

    /// <summary>How often each rank was the emitted token.</summary>
    public CountedRanks Ranks { get; } = new(TreeTemplate.DefaultAcceptance);

    public int VocabularySize => entries.Length / Width;

    /// <summary>The continuations of a token, the most likely first; [Width], -1 where unknown.</summary>
    public ReadOnlySpan<int> Row(int tokenId) => entries.AsSpan(tokenId * Width, Width);

    /// <summary>Replaces the continuations of a token.</summary>
    public void Write(int tokenId, ReadOnlySpan<int> continuations) => continuations.CopyTo(entries.AsSpan(tokenId * Width, Width));

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        Array.Fill(entries, -1);
        Ranks.Clear();
    }
}
