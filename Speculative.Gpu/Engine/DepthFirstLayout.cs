namespace Speculative;

/// <summary>
/// A large tree's nodes as rows in depth-first order: a node's subtree is the rows from its own to its end, so one end for each row
/// replaces a mask, and the ancestors of neighbours lie in few tiles. Siblings keep the order of their draws; results are read back by
/// node.
/// </summary>
/// <remarks>Source: DySpec, arXiv 2410.11744, which lays out nodes the same way.</remarks>
sealed class DepthFirstLayout(int maxNodes)
{
    readonly int[] rows = new int[maxNodes], sizes = new int[maxNodes], next = new int[maxNodes];
    readonly int[] tokenIds = new int[maxNodes], parents = new int[maxNodes];
    readonly int[] subtrees = new int[maxNodes + Tiles(maxNodes)];
    int count;

    /// <summary>The row of each node; [nodes].</summary>
    public ReadOnlySpan<int> Rows => rows.AsSpan(0, count);

    /// <summary>The token of each row; [nodes].</summary>
    public ReadOnlySpan<int> TokenIds => tokenIds.AsSpan(0, count);

    /// <summary>The row of each row's parent, a lower one; -1 for row 0; [nodes].</summary>
    public ReadOnlySpan<int> Parents => parents.AsSpan(0, count);

    /// <summary>The row after the last of each row's subtree; [nodes].</summary>
    public ReadOnlySpan<int> Ends => subtrees.AsSpan(0, count);

    /// <summary>The largest end of each tile of <see cref="SubtreeTile.Slots"/> rows; [tiles].</summary>
    public ReadOnlySpan<int> TileEnds => subtrees.AsSpan(count, Tiles(count));

    /// <summary><see cref="Ends"/>, then <see cref="TileEnds"/>.</summary>
    public ReadOnlySpan<int> Subtrees => subtrees.AsSpan(0, count + Tiles(count));

    /// <summary>The tiles of some rows.</summary>
    public static int Tiles(int rowCount) => (rowCount - 1) / SubtreeTile.Slots + 1;

    /// <summary>Lays out a whole tree.</summary>
    public void Arrange(DraftTree tree)
    {
        ReadOnlySpan<int> treeParents = tree.Parents;
        count = tree.Count;
        sizes.AsSpan(0, count).Fill(1);
        for (int node = count - 1; node > 0; node--)
            sizes[treeParents[node]] += sizes[node];
        for (int node = 0; node < count; node++)
        {
            // Parents come before their children: where a subtree begins is known when its first node is met.
            int parent = treeParents[node], row = parent < 0 ? 0 : next[parent];
            if (parent >= 0)
                next[parent] = row + sizes[node];
            (rows[node], next[node], subtrees[row]) = (row, row + 1, row + sizes[node]);
            (tokenIds[row], parents[row]) = (tree.TokenIds[node], parent < 0 ? -1 : rows[parent]);
        }
        for (int tile = 0; tile < Tiles(count); tile++)
        {
            int largest = 0, end = Math.Min((tile + 1) * SubtreeTile.Slots, count);
            for (int row = tile * SubtreeTile.Slots; row < end; row++)
                largest = Math.Max(largest, subtrees[row]);
            subtrees[count + tile] = largest;
        }
    }

    /// <summary>Puts nodes that a laid out tree gained behind the others; <see cref="Subtrees"/> no longer holds.</summary>
    public void Append(DraftTree tree, int first)
    {
        count = tree.Count;
        for (int node = first; node < count; node++)
            (rows[node], tokenIds[node], parents[node]) = (node, tree.TokenIds[node], rows[tree.Parents[node]]);
    }
}
