namespace Speculative.Drafters;

/// <summary>
/// Grows a tree level by level on a draft model: a pass evaluates the best nodes of the newest level, and their most likely continuations
/// become the next one. Deterministic, so all it drafts are point masses.
/// </summary>
/// <param name="model">The draft model.</param>
/// <param name="shape">How far it grows.</param>
/// <param name="exits">How deep a level goes; null for the model's drafting exit.</param>
sealed class LevelGrowth(DraftModel model, LevelShape shape, ExitChoice? exits = null) : IDisposable
{
    readonly DraftModelSequence draft = new(model);
    readonly RankedRow row = new(model.VocabularySize, shape.Branching);
    readonly GrownTree grown = new(shape.MaxGrown);
    int levelStart, levels, depth;

    /// <summary>What was recorded so far.</summary>
    public GrownTree Grown => grown;

    /// <summary>Begins a request.</summary>
    public void Start(ReadOnlySpan<int> promptTokenIds) => draft.Start(promptTokenIds);

    /// <summary>Reads the prompt along with the target.</summary>
    public void Observe(in VerifiedStep verified) => draft.Observe(verified);

    /// <summary>Begins a step; false where nothing can be drafted, as <see cref="DraftModelSequence.Begin"/> says.</summary>
    public bool Begin(ReadOnlySpan<int> contextTokenIds, DraftTree tree)
    {
        bool fits = draft.Begin(contextTokenIds);
        grown.Reset(draft.Root);
        (levelStart, levels, depth) = (0, 0, Math.Min(shape.Depth, tree.MaxDepth));
        return fits;
    }

    /// <summary>Grows all levels and copies the best <paramref name="nodes"/> of its nodes, or as many as fit.</summary>
    public void Draft(ReadOnlySpan<int> contextTokenIds, DraftTree tree, int nodes)
    {
        int count = Math.Min(nodes, tree.Room);
        if (count == 0 || !Begin(contextTokenIds, tree))
            return;
        for (int level = 0; level < count && Expand(); level++)
        {
        }
        grown.CopyBest(tree, count);
    }

    /// <summary>Adds a level; false where there is nothing left to grow from, and nothing was added.</summary>
    public bool Expand()
    {
        if (levels == depth || levels > 0 && !Place())
            return false;
        IModelOutput output = exits?.Evaluate(draft) ?? draft.Evaluate();
        int end = grown.Count;
        for (int parent = levelStart; parent < end; parent++)
            if (grown.DraftNode(parent) is >= 0 and int node)
            {
                row.Read(output, node, shape.Branching);
                for (int i = 0; i < row.TokenIds.Length; i++)
                    grown.Add(parent, row.TokenIds[i], row.Probabilities[i]);
            }
        grown.KeepBest(end, shape.Kept);
        levelStart = end;
        levels++;
        return grown.Count > end;
    }

    public void Dispose() => draft.Dispose();

    /// <summary>Gives the best of the newest level their nodes in the draft model's tree.</summary>
    bool Place()
    {
        if (levels > draft.LevelsBelowRoot)
            return false;
        ReadOnlySpan<int> best = grown.Best(levelStart, Math.Min(shape.Width, draft.Room));
        foreach (int node in best)
            grown.Place(node, draft.Add(grown.DraftNode(grown.Parent(node)), grown.TokenId(node)));
        return best.Length > 0;
    }
}
