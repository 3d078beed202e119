namespace Speculative.Drafters;

/// <summary>
/// Token Recycling: the target's own rows, of rejected nodes too, teach a table of each token's 8 most likely continuations; a draft walks
/// that table from the root token through a fixed tree.
/// </summary>
/// <remarks>
/// <para>Luo et al., "Turning Trash into Treasure: Accelerating Inference of Large Language Models with Token Recycling", ACL 2025, arXiv
/// 2408.08696. Needs no draft model and no training. Proposals are point masses.</para>
/// <para>Differences from the authors' code: unknown rows are left out of the tree instead of filled with token 0; where a token stands at
/// several nodes the winner is defined (rejected nodes in order, then the accepted path, so that verified context is kept) instead of left
/// to a race; the prompt's rows are learnt too, or else (<see cref="TokenRecyclingOptions.PromptRows"/>) its text: what follows a token
/// there stands in for the target's choice until that is known.</para>
/// <para>Its estimate is counted: how often an emitted token was each of the continuations known of the token before it.</para>
/// <para>Cost a step: one table look-up a node, one top-8 of the target's row for every distinct token of the tree. Memory: 32 bytes a
/// vocabulary entry.</para>
/// </remarks>
public sealed class TokenRecyclingDrafter : IDrafter
{
    readonly TreeTemplate template;
    readonly AdjacencyMatrix matrix;
    readonly DrafterMemory memory;
    readonly int[] treeNodes;
    readonly double[] values; // of the template's nodes, by counted ranks
    readonly int[] continuations;
    readonly bool promptRows;
    int[] order = [], orderTokenIds = [];
    bool reading; // the prompt: its tokens are not the target's choice

    internal TokenRecyclingDrafter(AdjacencyMatrix matrix, TokenRecyclingOptions options)
    {
        this.matrix = matrix;
        (template, memory, promptRows) = (options.Template, options.Memory, options.PromptRows);
        treeNodes = new int[template.NodeCount + 1];
        values = new double[template.NodeCount + 1];
        continuations = new int[Math.Min(AdjacencyMatrix.Width, matrix.VocabularySize)];
    }

    /// <summary>
    /// A factory of drafters for one target. The published tree of 80 nodes is for GPUs: on a CPU checking it costs several passes, and
    /// <see cref="DrafterCatalog.CreateFactory(string, DrafterSettings)"/> with a cost curve cuts it to what pays.
    /// </summary>
    /// <param name="vocabularySize">The target's vocabulary; at least 1.</param>
    /// <param name="options">How they draft and remember; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="vocabularySize"/> is below 1.</exception>
    /// <exception cref="ArgumentException">A matrix is given that is for another vocabulary, or to be reset.</exception>
    public static DrafterFactory CreateFactory(int vocabularySize, TokenRecyclingOptions? options = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabularySize, 1);
        options ??= new();
        if (options.Matrix is { } given && given.VocabularySize != vocabularySize)
            throw new ArgumentException(
                $"Expected a matrix for {vocabularySize} tokens, got one for {given.VocabularySize}.", nameof(options));
        if (options.Memory == DrafterMemory.ResetPerRequest)
            return options.Matrix is null ? _ => new TokenRecyclingDrafter(new(vocabularySize), options)
                : throw new ArgumentException("A matrix that requests share cannot be reset at each of them: give none.", nameof(options));
        AdjacencyMatrix shared = options.Matrix ?? new(vocabularySize);
        return _ => new TokenRecyclingDrafter(shared, options);
    }

    /// <summary>A factory as the catalog makes it: the published tree, cut to the budget or to what the cost curve makes best.</summary>
    internal static DrafterFactory CreateFactory(DrafterSettings settings)
    {
        TreeTemplate whole = TreeTemplate.Published;
        int nodes = NodeBudget.Choose(whole.Values[1..], settings);
        return CreateFactory(
            settings.VocabularySize,
            new() { Template = whole.Cut(nodes), Memory = settings.Memory, Matrix = settings.Matrix, PromptRows = settings.PromptRows });
    }

    /// <inheritdoc/>
    public void Start(ReadOnlySpan<int> promptTokenIds)
    {
        reading = true;
        if (memory == DrafterMemory.ResetPerRequest)
            matrix.Clear();
    }

    /// <inheritdoc/>
    public void Draft(ReadOnlySpan<int> contextTokenIds, DraftTree tree)
    {
        reading = false;
        int room = tree.Room;
        ReadOnlySpan<int> parents = template.Parents, ranks = template.Ranks, valueOrder = template.ValueOrder;
        double expected = 0;
        values[0] = 1;
        for (int node = 1; node < parents.Length && tree.Room > 0; node++)
        {
            int parent = treeNodes[parents[node]];
            treeNodes[node] = parent < 0 || valueOrder[node] >= room ? -1 : Grow(tree, parent, ranks[node]);
            values[node] = values[parents[node]] * matrix.Ranks[ranks[node]];
            expected += treeNodes[node] < 0 ? 0 : values[node];
        }
        tree.ExpectedAcceptedLength = expected;
    }

    /// <inheritdoc/>
    public void Observe(in VerifiedStep verified)
    {
        if (template.NodeCount == 0)
            return;
        if (!reading)
            CountRanks(verified);
        if (!reading || promptRows)
            LearnRows(verified);
        else
            LearnText(verified);
    }

    /// <inheritdoc/>
    public void Dispose() { }

    /// <summary>The target's rows, one for every distinct token.</summary>
    void LearnRows(in VerifiedStep verified)
    {
        OrderWrites(verified.Tree, verified.AcceptedPath);
        int count = verified.Tree.Count;
        for (int i = 0; i < count; i++)
        {
            if (orderTokenIds.AsSpan(i + 1, count - i - 1).Contains(orderTokenIds[i]))
                continue; // a later node holds the same token and would overwrite the row
            verified.Output.TopK(order[i], continuations);
            matrix.Write(orderTokenIds[i], continuations);
        }
    }

    /// <summary>What follows a token in the prompt, where its row has room: the target's own rows are not asked for.</summary>
    void LearnText(in VerifiedStep verified)
    {
        for (int i = 0; i < verified.AcceptedPath.Length; i++)
            matrix.Add(TokenAt(verified, i), TokenAt(verified, i + 1));
    }

    /// <summary>
    /// Adds a continuation below a node; -1 where the row is unknown or, torn by another session's write, repeats a sibling.
    /// </summary>
    int Grow(DraftTree tree, int parent, int rank)
    {
        int tokenId = matrix.Row(tree.TokenIds[parent])[rank];
        return tokenId < 0 || !tree.CanGrow(parent) || tree.FindChild(parent, tokenId) >= 0 ? -1 : tree.Add(parent, tokenId);
    }

    /// <summary>Where the emitted tokens stood among the continuations that the table had for the tokens before them.</summary>
    void CountRanks(in VerifiedStep verified)
    {
        for (int i = 0; i < verified.AcceptedPath.Length; i++)
        {
            ReadOnlySpan<int> row = matrix.Row(TokenAt(verified, i));
            if (row[0] >= 0)
                matrix.Ranks.Count(row.IndexOf(TokenAt(verified, i + 1)));
        }
    }

    /// <summary>A token of the accepted path, or the one after it.</summary>
    static int TokenAt(in VerifiedStep verified, int place) => place < verified.AcceptedPath.Length
        ? verified.Tree.TokenIds[verified.AcceptedPath[place]] : verified.NextTokenId;

    /// <summary>The order in which rows are learnt: rejected nodes as they lie in the tree, then the accepted path from the root.</summary>
    void OrderWrites(DraftTree tree, ReadOnlySpan<int> acceptedPath)
    {
        if (order.Length < tree.Count)
            (order, orderTokenIds) = (new int[tree.MaxNodes], new int[tree.MaxNodes]);
        int rejected = 0, accepted = 0, firstAccepted = tree.Count - acceptedPath.Length;
        for (int node = 0; node < tree.Count; node++)
        {
            bool kept = accepted < acceptedPath.Length && acceptedPath[accepted] == node;
            int at = kept ? firstAccepted + accepted++ : rejected++;
            (order[at], orderTokenIds[at]) = (node, tree.TokenIds[node]);
        }
    }
}
