namespace Speculative.Drafters;

/// <summary>
/// For each token the target's most likely next tokens when it last saw that token, whatever the context, or what followed it in a prompt:
/// Token Recycling's whole memory. [vocabulary, 8] 32-bit integers (1 MB at 32 k tokens), rows in descending order of logit (those of a
/// prompt in the order of the text), -1 behind what is known.
/// </summary>
/// <remarks>
/// May be shared by sessions on several threads: single entries are written whole, so a reader may meet a row half old and half new (and in
/// it the same token twice), never an invalid token. Drafts may differ then, outputs cannot.
/// </remarks>
public sealed class AdjacencyMatrix
{
    /// <summary>Continuations a token.</summary>
    internal const int Width = TreeTemplate.MaxChildren;

    readonly int[] entries;

    /// <summary>Creates a matrix that knows nothing.</summary>
    /// <param name="vocabularySize">The target's vocabulary; at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="vocabularySize"/> is below 1.</exception>
    public AdjacencyMatrix(int vocabularySize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabularySize, 1);
        entries = new int[checked(vocabularySize * Width)];
        Clear();
    }

    /// <summary>How often each rank was the emitted token.</summary>
    internal CountedRanks Ranks { get; } = new(TreeTemplate.DefaultAcceptance);

    /// <summary>The tokens that it has a row for.</summary>
    public int VocabularySize => entries.Length / Width;

    /// <summary>Reads a matrix that <see cref="Save"/> wrote.</summary>
    /// <param name="path">The file.</param>
    /// <param name="vocabularySize">The vocabulary of the target that it was learnt from.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="ModelFormatException">The file is no such matrix, or one for another vocabulary.</exception>
    public static AdjacencyMatrix Load(string path, int vocabularySize)
    {
        AdjacencyMatrix matrix = new(vocabularySize);
        AdjacencyFile.Read(path, matrix.entries, matrix.Ranks);
        return matrix;
    }

    /// <summary>
    /// Writes what is known to a file, for <see cref="Load"/>: under another name first, so that a file that is there stays whole. Sessions
    /// may go on meanwhile.
    /// </summary>
    /// <param name="path">The file; replaced if it is there.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Save(string path) => AdjacencyFile.Write(path, entries, Ranks);

    /// <summary>The continuations of a token, the most likely first; [Width], -1 where unknown.</summary>
    internal ReadOnlySpan<int> Row(int tokenId) => entries.AsSpan(tokenId * Width, Width);

    /// <summary>Replaces the continuations of a token.</summary>
    internal void Write(int tokenId, ReadOnlySpan<int> continuations) => continuations.CopyTo(entries.AsSpan(tokenId * Width, Width));

    /// <summary>Adds a continuation behind those of a token, where it is new and there is room.</summary>
    internal void Add(int tokenId, int continuation)
    {
        Span<int> row = entries.AsSpan(tokenId * Width, Width);
        int known = row.IndexOf(-1);
        if (known >= 0 && !row[..known].Contains(continuation))
            row[known] = continuation;
    }

    /// <summary>Forgets everything.</summary>
    internal void Clear()
    {
        Array.Fill(entries, -1);
        Ranks.Clear();
    }
}
