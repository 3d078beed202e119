namespace Speculative;

/// <summary>
/// The rows of one pass: their tokens, rotary positions, cache slots, and which slots each sees: the committed ones, 0 to
/// <see cref="Committed"/> - 1, then its path.
/// </summary>
sealed class PassRows(int maxNodes)
{
    /// <summary>The most rows of a pass; more nodes take several passes.</summary>
    public const int MaxRows = 64;

    readonly int[] paths = new int[MaxRows * Math.Max(maxNodes, MaxRows)];
    readonly int[] lengths = new int[MaxRows];

    public int[] TokenIds { get; } = new int[MaxRows];

    public int[] Positions { get; } = new int[MaxRows];

    public int[] Slots { get; } = new int[MaxRows];

    public int Count { get; private set; }

    public int Committed { get; private set; }

    /// <summary>The slots beyond <see cref="Committed"/> that any row sees.</summary>
    public int Nodes { get; private set; }

    /// <summary>The positions that the row which sees most sees.</summary>
    public int Longest { get; private set; }

    /// <summary>The visible nodes of a row, root to itself; node i lies in slot <see cref="Committed"/> + i.</summary>
    public ReadOnlySpan<int> Path(int row) => paths.AsSpan(row * (paths.Length / MaxRows), lengths[row]);

    /// <summary>Takes nodes <paramref name="first"/> and following of a tree, as many as fit.</summary>
    public void TakeTree(DraftTree tree, AncestorMask mask, int first, int committed)
    {
        Committed = committed;
        Count = Math.Min(tree.Count - first, MaxRows);
        Nodes = first + Count;
        Longest = 0;
        for (int row = 0; row < Count; row++)
        {
            TokenIds[row] = tree.TokenIds[first + row];
            Positions[row] = committed + tree.Depths[first + row];
            Slots[row] = committed + first + row;
            lengths[row] = mask.CopyPath(first + row, paths.AsSpan(row * (paths.Length / MaxRows)));
            Longest = Math.Max(Longest, committed + lengths[row]);
        }
    }

    /// <summary>Takes the first tokens of a text, as many as fit: a chain.</summary>
    public void TakeText(ReadOnlySpan<int> tokenIds, int committed)
    {
        TakeSlots(committed, tokenIds.Length);
        tokenIds[..Count].CopyTo(TokenIds);
    }

    /// <summary>Takes <paramref name="count"/> slots of a text, as many as fit; their tokens are not needed.</summary>
    public void TakeSlots(int committed, int count)
    {
        Committed = committed;
        Count = Nodes = Math.Min(count, MaxRows);
        Longest = committed + Count;
        for (int row = 0; row < Count; row++)
        {
            Positions[row] = Slots[row] = committed + row;
            lengths[row] = row + 1;
            for (int i = 0; i <= row; i++)
                paths[row * (paths.Length / MaxRows) + i] = i;
        }
    }
}
