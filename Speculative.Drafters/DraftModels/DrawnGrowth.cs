using System.Diagnostics;

namespace Speculative.Drafters;

/// <summary>
/// Grows a draft tree by drawing children from a draft model's distributions, in any order of nodes that the drafter wants: place nodes,
/// evaluate them in one pass, draw their children. The tree learns the distributions and the order of the draws, as acceptance needs.
/// </summary>
/// <remarks>
/// <para>A target that samples: drafts are drawn with the target's own temperature and filters, so that both distributions are alike where
/// the models agree. A greedy target accepts its most likely token alone, so chance can only lose: a node's children are then the most
/// likely tokens in descending order, as point masses, and the draft's probabilities at temperature 0.6 (that of DySpec's experiments)
/// estimate their acceptance.</para>
/// <para>Slots are valued by <see cref="ShareAcceptance"/>, which counts in each request anew. Counts are of steps that are over, so trees
/// stay predictable.</para>
/// <para>Random numbers come from <see cref="RandomSource.DraftingStream"/> at the target's seed, indexed by the context's length and the
/// draw; a request at a seed thus drafts the same trees again.</para>
/// </remarks>
sealed class DrawnGrowth : IDisposable
{
    const float GreedyTemperature = 0.6f;

    /// <summary>Draws of one step; more than a tree has nodes.</summary>
    const int DrawBits = 24;

    /// <summary>About how many probabilities are made room for at once, so that few steps allocate, and the rows that this means.</summary>
    const int RoomAtOnce = 1 << 19, FewestRows = 4, MostRows = 32;

    readonly DraftModelSequence draft;
    readonly TokenDistribution distribution;
    readonly RandomSource random;
    readonly ProposalKind kind;
    readonly ExitChoice? exits;
    readonly List<ResidualRow> rows = [];
    readonly ShareAcceptance acceptance;
    readonly ShareAcceptance? counter;
    DrawnNode[] nodes = [];
    IModelOutput? output;
    ulong nextDraw;
    long rowTicks;
    int rowCount;
    bool drafted;

    /// <summary>Takes a draft model.</summary>
    /// <param name="model">The draft model.</param>
    /// <param name="options">How the target chooses.</param>
    /// <param name="drawn">With or without replacement, where the target samples.</param>
    /// <param name="exits">How deep a pass goes; null for the model's drafting exit.</param>
    public DrawnGrowth(
        DraftModel model, GenerationOptions options, ProposalKind drawn = ProposalKind.SampledWithoutReplacement, ExitChoice? exits = null)
    {
        draft = new(model);
        this.exits = exits;
        StochasticSampling? sampling = options.Sampling as StochasticSampling;
        kind = sampling is null ? ProposalKind.PointMass : drawn;
        distribution = new(sampling ?? new() { Temperature = GreedyTemperature }, draft.VocabularySize);
        random = new(sampling?.Seed ?? 0, RandomSource.DraftingStream);
        acceptance = new(model.ShareAcceptance, kind);
        counter = model.Counter;
    }

    /// <summary>The time spent so far on turning rows into distributions, the draft model's passes excluded.</summary>
    public TimeSpan RowTime => Stopwatch.GetElapsedTime(0, rowTicks);

    /// <summary>Begins a request.</summary>
    public void Start(ReadOnlySpan<int> promptTokenIds)
    {
        draft.Start(promptTokenIds);
        acceptance.Clear();
        drafted = false;
    }

    /// <summary>Reads the prompt along with the target; counts which drafts were accepted.</summary>
    public void Observe(in VerifiedStep verified)
    {
        draft.Observe(verified);
        if (!drafted) // a piece of the prompt
            return;
        drafted = false;
        ReadOnlySpan<int> path = verified.AcceptedPath;
        for (int i = 0; i + 1 < path.Length; i++)
            Count(verified.Tree, path[i], path[i + 1]);
        // Where the output ends, an accepted child is no part of the path any more.
        Count(verified.Tree, path[^1], verified.Tree.FindChild(path[^1], verified.NextTokenId));
    }

    /// <summary>Begins a step with the root placed; false where nothing can be drafted.</summary>
    public bool Begin(ReadOnlySpan<int> contextTokenIds, DraftTree tree)
    {
        if (tree.Room == 0 || !draft.Begin(contextTokenIds))
            return false;
        if (nodes.Length < tree.MaxNodes)
            nodes = new DrawnNode[tree.MaxNodes];
        nodes[0] = new() { DraftNode = draft.Root, Row = -1, Slot = 1 };
        rowCount = 0;
        nextDraw = (ulong)contextTokenIds.Length << DrawBits;
        output = null;
        drafted = true;
        return true;
    }

    /// <summary>
    /// Lets the next pass evaluate a node whose parent is placed; false where the draft model has no room for it, or the tree for a child.
    /// </summary>
    public bool Place(DraftTree tree, int node)
    {
        if (nodes[node].DraftNode < 0 && tree.CanGrow(node) && draft.CanGrow(nodes[tree.Parents[node]].DraftNode))
        {
            nodes[node].DraftNode = draft.Add(nodes[tree.Parents[node]].DraftNode, tree.TokenIds[node]);
            output = null;
        }
        return nodes[node].DraftNode >= 0;
    }

    /// <summary>Whether the draft model evaluates a node.</summary>
    public bool IsPlaced(int node) => nodes[node].DraftNode >= 0;

    /// <summary>How many children a node has.</summary>
    public int Children(int node) => nodes[node].Children;

    /// <summary>The estimated probability that the acceptance reaches a node's next child; 0 once a draw found no token left.</summary>
    public double Slot(int node) => nodes[node].Slot;

    /// <summary>
    /// Adds the next child of a placed node, or repeats one that a draw with replacement gives again. Evaluates what is placed. The tree's
    /// expectation grows by what the child is worth.
    /// </summary>
    /// <returns>The child; -1 where the tree has no room for it or no token is left.</returns>
    public int Draw(DraftTree tree, int node)
    {
        if (!tree.CanGrow(node))
            return -1;
        ResidualRow row = Row(tree, node);
        double uniform = random.Uniform(nextDraw++);
        int tokenId = kind == ProposalKind.SampledWithReplacement ? row.Look(uniform, out double share) : row.Take(uniform, out share);
        if (tokenId < 0)
        {
            nodes[node].Slot = 0;
            return -1;
        }
        int count = tree.Count, child = tree.Add(node, tokenId);
        if (child < count)
            return child;
        double rate = acceptance[share, nodes[node].Children++], slot = nodes[node].Slot * rate;
        nodes[child] = new() { DraftNode = -1, Row = -1, Share = share, Slot = slot };
        nodes[node].Slot *= 1 - rate;
        tree.ExpectedAcceptedLength += slot;
        return child;
    }

    public void Dispose() => draft.Dispose();

    /// <summary>
    /// Counts the children of an accepted node that were reached: those before the accepted one, and it; all if none was.
    /// </summary>
    void Count(DraftTree tree, int node, int accepted)
    {
        int place = 0;
        for (int child = tree.FirstChild(node); child >= 0; child = child == accepted ? -1 : tree.NextSibling(child), place++)
        {
            acceptance.Count(nodes[child].Share, place, child == accepted);
            counter?.Count(nodes[child].Share, place, child == accepted);
        }
    }

    /// <summary>What is left of a node's distribution; the tree is given the distribution at the first call.</summary>
    ResidualRow Row(DraftTree tree, int node)
    {
        if (nodes[node].Row >= 0)
            return rows[nodes[node].Row];
        output ??= exits?.Evaluate(draft) ?? draft.Evaluate();
        while (rows.Count == rowCount || rows.Count % Math.Clamp(RoomAtOnce / draft.VocabularySize, FewestRows, MostRows) > 0)
            rows.Add(new(draft.VocabularySize));
        ResidualRow row = rows[nodes[node].Row = rowCount++];
        long start = Stopwatch.GetTimestamp();
        distribution.Compute(output, nodes[node].DraftNode, row.Row);
        if (kind != ProposalKind.PointMass)
            row.Row.CopyTo(tree.RentChildDistribution(node, row.Row.Length, kind));
        row.Begin(kind == ProposalKind.PointMass ? RowOrder.Ranked : RowOrder.Drawn);
        rowTicks += Stopwatch.GetTimestamp() - start;
        return row;
    }
}
