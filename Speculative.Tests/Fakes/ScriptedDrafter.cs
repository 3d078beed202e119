namespace Speculative.Tests;

/// <summary>Drafts whatever a function says; counts what it is told.</summary>
sealed class ScriptedDrafter(Action<int[], DraftTree> draft) : IDrafter
{
    public int Observed { get; private set; }

    /// <summary>The prompt pieces and steps seen: committed tokens in order.</summary>
    public List<int> ObservedTokens { get; } = [];

    public bool Disposed { get; private set; }

    public Action? OnObserve { get; init; }

    public Action? OnStart { get; init; }

    public Action? OnDispose { get; init; }

    /// <summary>
    /// Drafts the true continuation, except that the token at every <paramref name="errorEvery"/>th draft position is wrong.
    /// </summary>
    public static ScriptedDrafter Oracle(TableModel model, int length, int errorEvery = int.MaxValue) => new((context, tree) =>
    {
        int parent = 0;
        int[] truth = model.Greedy(context, Math.Min(length, tree.Room));
        for (int i = 0; i < truth.Length; i++)
            parent = tree.Add(parent, (i + 1) % errorEvery == 0 ? (truth[i] + 1) % model.VocabularySize : truth[i]);
    });

    /// <summary>A random tree, a function of the context and the seed; about half of it follows the model's favourites.</summary>
    public static ScriptedDrafter RandomTrees(TableModel model, int seed) => new((context, tree) =>
    {
        Random random = new(HashCode(context, seed));
        for (int attempts = random.Next(2 * tree.Capacity); attempts > 0 && tree.Room > 0; attempts--)
        {
            int parent = random.Next(tree.Count), tokenId = random.Next(model.VocabularySize);
            if (random.Next(2) == 0)
                tokenId = model.Greedy([.. context, .. Path(tree, parent)], 1)[0];
            if (tree.FindChild(parent, tokenId) < 0)
                tree.Add(parent, tokenId);
        }
    });

    public void Start(ReadOnlySpan<int> promptTokenIds)
    {
        Observed = 0;
        ObservedTokens.Clear();
        OnStart?.Invoke();
    }

    public void Draft(ReadOnlySpan<int> contextTokenIds, DraftTree tree) => draft(contextTokenIds.ToArray(), tree);

    public void Observe(in VerifiedStep verified)
    {
        Observed++;
        foreach (int node in verified.AcceptedPath)
            ObservedTokens.Add(verified.Tree.TokenIds[node]);
        OnObserve?.Invoke();
    }

    public void Dispose()
    {
        Disposed = true;
        OnDispose?.Invoke();
    }

    /// <summary>The drafted tokens from below the root to <paramref name="node"/>.</summary>
    static List<int> Path(DraftTree tree, int node)
    {
        List<int> tokens = [];
        for (; node > 0; node = tree.Parents[node])
            tokens.Insert(0, tree.TokenIds[node]);
        return tokens;
    }

    static int HashCode(int[] context, int seed) => context.Aggregate(seed, (hash, tokenId) => hash * 31 + tokenId) & int.MaxValue;
}
