namespace Speculative.Drafters;

/// <summary>
/// Grows candidates level by level on a draft model: a pass evaluates the best candidates of the newest level, and their most likely
/// continuations become the next one. Deterministic, so all it drafts are point masses.
/// </summary>
/// <param name="model">The draft model.</param>
/// <param name="shape">How far it grows.</param>
/// <param name="exits">How deep a level goes; null for the model's drafting exit.</param>
sealed class LevelGrowth(DraftModel model, LevelShape shape, ExitChoice? exits = null) : IDisposable
{
    readonly DraftModelSequence draft = new(model);
    readonly RankedRow row = new(model.Model.VocabularySize, shape.Branching);
    readonly CandidateTree candidates = new(shape.MaxCandidates);
    int levelStart, levels;

    /// <summary>What was recorded so far.</summary>
    public CandidateTree Candidates => candidates;

    /// <summary>Begins a request.</summary>
    public void Start() => draft.Start();

    /// <summary>Reads the prompt along with the target.</summary>
    public void Observe(in VerifiedStep verified) => draft.Observe(verified);

    /// <summary>Begins a step; false where the draft model's context is too short.</summary>
    public bool Begin(ReadOnlySpan<int> contextTokenIds)
    {
        bool fits = draft.Begin(contextTokenIds);
        candidates.Reset(draft.Root);
        (levelStart, levels) = (0, 0);
        return fits;
    }

    /// <summary>Grows all levels and copies the best <paramref name="nodes"/> candidates, or as many as fit.</summary>
    public void Draft(ReadOnlySpan<int> contextTokenIds, DraftTree tree, int nodes)
    {
        int count = Math.Min(nodes, tree.Room);
        if (count == 0 || !Begin(contextTokenIds))
            return;
        for (int level = 0; level < count && Expand(); level++)
        {
        }
        candidates.CopyBest(tree, count);
    }

    /// <summary>Adds a level; false where there is nothing left to grow from, and nothing was added.</summary>
    public bool Expand()
    {
        if (levels == shape.Depth || levels > 0 && !Place())
            return false;
        IModelOutput output = exits?.Evaluate(draft) ?? draft.Evaluate();
        int end = candidates.Count;
        for (int candidate = levelStart; candidate < end; candidate++)
            if (candidates.DraftNode(candidate) is >= 0 and int node)
            {
                row.Read(output, node, shape.Branching);
                for (int i = 0; i < row.TokenIds.Length; i++)
                    candidates.Add(candidate, row.TokenIds[i], row.Probabilities[i]);
            }
        candidates.KeepBest(end, shape.Kept);
        levelStart = end;
        levels++;
        return candidates.Count > end;
    }

    public void Dispose() => draft.Dispose();

    /// <summary>Gives the best of the newest level their nodes in the draft model's tree.</summary>
    bool Place()
    {
        ReadOnlySpan<int> best = candidates.Best(levelStart, Math.Min(shape.Width, draft.Room));
        foreach (int candidate in best)
            candidates.Place(candidate, draft.Add(candidates.DraftNode(candidates.Parent(candidate)), candidates.TokenId(candidate)));
        return best.Length > 0;
    }
}
