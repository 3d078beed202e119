namespace Speculative.Drafters;

/// <summary>
/// Grows a draft tree by drawing children from a draft model's distributions, in any order of nodes that the drafter wants: place nodes,
/// evaluate them in one pass, draw their children. The tree learns the distributions and the order of the draws, as acceptance needs.
/// </summary>
/// <remarks>
/// <para>A target that samples: drafts are drawn with the target's own temperature and filters, so that both distributions are alike where the
/// models agree. A greedy target accepts its most likely token alone, so chance can only lose: a node's children are then the most likely
/// tokens in descending order, as point masses, and the draft's probabilities at temperature 0.6 (that of DySpec's experiments) estimate their
/// acceptance.</para>
/// <para>Random numbers come from <see cref="RandomSource.DraftingStream"/> at the target's seed, indexed by the context's length and the draw;
/// a request at a seed thus drafts the same trees again.</para>
/// </remarks>
sealed class DrawnGrowth : IDisposable
{
    const float GreedyTemperature = 0.6f;

    /// <summary>Draws of one step; more than a tree has nodes.</summary>
    const int DrawBits = 24;

    /// <summary>Rows made at once, so that few steps allocate.</summary>
    const int RowsAtOnce = 32;

    readonly DraftModelSequence draft;
    readonly TokenDistribution distribution;
    readonly RandomSource random;
    readonly ProposalKind kind;
    readonly List<ResidualRow> rows = [];
    int[] draftNodes = [], rowIndices = [];
    double[] pathProbabilities = [];
    IModelOutput? output;
    ulong nextDraw;
    int rowCount;

    /// <summary>Takes a draft model.</summary>
    /// <param name="model">The draft model.</param>
    /// <param name="options">How the target chooses.</param>
    /// <param name="drawn">With or without replacement, where the target samples.</param>
    public DrawnGrowth(DraftModel model, GenerationOptions options, ProposalKind drawn = ProposalKind.SampledWithoutReplacement)
    {
        draft = new(model);
        StochasticSampling? sampling = options.Sampling as StochasticSampling;
        kind = sampling is null ? ProposalKind.PointMass : drawn;
        distribution = new(sampling ?? new() { Temperature = GreedyTemperature }, draft.VocabularySize);
        random = new(sampling?.Seed ?? 0, RandomSource.DraftingStream);
    }

    /// <summary>Begins a request.</summary>
    public void Start() => draft.Start();

    /// <summary>Reads the prompt along with the target.</summary>
    public void Observe(in VerifiedStep verified) => draft.Observe(verified);

    /// <summary>Begins a step with the root placed; false where nothing can be drafted.</summary>
    public bool Begin(ReadOnlySpan<int> contextTokenIds, DraftTree tree)
    {
        if (tree.Room == 0 || !draft.Begin(contextTokenIds))
            return false;
        if (draftNodes.Length < tree.MaxNodes)
            (draftNodes, rowIndices, pathProbabilities) = (new int[tree.MaxNodes], new int[tree.MaxNodes], new double[tree.MaxNodes]);
        (draftNodes[0], rowIndices[0], pathProbabilities[0], rowCount) = (draft.Root, -1, 1, 0);
        nextDraw = (ulong)contextTokenIds.Length << DrawBits;
        output = null;
        return true;
    }

    /// <summary>Lets the next pass evaluate a node whose parent is placed; false where the draft model has no room for it.</summary>
    public bool Place(DraftTree tree, int node)
    {
        if (draftNodes[node] < 0 && draft.Room > 0)
        {
            draftNodes[node] = draft.Add(draftNodes[tree.Parents[node]], tree.TokenIds[node]);
            output = null;
        }
        return draftNodes[node] >= 0;
    }

    /// <summary>
    /// The sum over all drafted nodes of the product of the draft model's probabilities from the root on: how many accepted ones these
    /// probabilities let expect.
    /// </summary>
    public double Expected(DraftTree tree)
    {
        double sum = 0;
        foreach (double probability in pathProbabilities.AsSpan(1, tree.Count - 1))
            sum += probability;
        return sum;
    }

    /// <summary>Adds the next child of a placed node, or repeats one that a draw with replacement gives again. Evaluates what is placed.</summary>
    /// <param name="tree">The tree.</param>
    /// <param name="node">The parent.</param>
    /// <param name="share">The probability that the child had at its draw.</param>
    /// <returns>The child; -1 where the tree is full or no token is left.</returns>
    public int Draw(DraftTree tree, int node, out double share)
    {
        share = 0;
        if (tree.Room == 0)
            return -1;
        ResidualRow row = Row(tree, node);
        double left = row.Mass;
        double uniform = random.Uniform(nextDraw++);
        int tokenId = kind == ProposalKind.SampledWithReplacement ? row.Look(uniform, out share) : row.Take(uniform, out share);
        if (tokenId < 0)
            return -1;
        int count = tree.Count, child = tree.Add(node, tokenId);
        if (child == count)
        {
            draftNodes[child] = rowIndices[child] = -1;
            pathProbabilities[child] = pathProbabilities[node] * share * left;
        }
        return child;
    }

    public void Dispose() => draft.Dispose();

    /// <summary>What is left of a node's distribution; the tree is given the distribution at the first call.</summary>
    ResidualRow Row(DraftTree tree, int node)
    {
        if (rowIndices[node] >= 0)
            return rows[rowIndices[node]];
        output ??= draft.Evaluate();
        while (rows.Count == rowCount || rows.Count % RowsAtOnce > 0)
            rows.Add(new(draft.VocabularySize));
        ResidualRow row = rows[rowIndices[node] = rowCount++];
        distribution.Compute(output, draftNodes[node], row.Row);
        if (kind != ProposalKind.PointMass)
            row.Row.CopyTo(tree.RentChildDistribution(node, row.Row.Length, kind));
        row.Begin(kind == ProposalKind.PointMass ? RowOrder.Ranked : RowOrder.Drawn);
        return row;
    }
}
