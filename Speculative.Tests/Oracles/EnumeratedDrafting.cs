namespace Speculative.Tests;

/// <summary>
/// Draft trees of many shapes whose draws are enumerated: token i is drawn with an exact integer weight. Only the first step drafts, so
/// that the outcomes stay few; the rest of the output is the target's own.
/// </summary>
sealed class EnumeratedDrafting(ChoiceEnumerator choices, TableModel draft, int promptLength)
{
    /// <summary>Lossless ways to grow a tree.</summary>
    public static readonly Dictionary<string, Action<EnumeratedDrafting>> Shapes = new()
    {
        ["chain"] = grow => grow.Chain(3, ProposalKind.SampledWithoutReplacement),
        ["chain that stops at an unlikely token"] = grow => grow.StoppingChain(),
        ["one level without replacement"] = grow => grow.Level(0, 3, ProposalKind.SampledWithoutReplacement),
        ["one level with replacement"] = grow => grow.Level(0, 3, ProposalKind.SampledWithReplacement),
        ["two levels without replacement"] = grow => grow.Fixed(ProposalKind.SampledWithoutReplacement, 2, 2),
        ["two levels with replacement"] = grow => grow.Fixed(ProposalKind.SampledWithReplacement, 2, 2),
        ["heap-grown"] = grow => grow.Heap(4),
        ["threshold-grown"] = grow => grow.Threshold(0.25, 4),
        ["point mass, then drawn without replacement"] = grow => grow.Mixed(ProposalKind.SampledWithoutReplacement),
        ["point mass, then drawn with replacement"] = grow => grow.Mixed(ProposalKind.SampledWithReplacement),
        ["drawn, with point masses below"] = grow => grow.PointMassesBelow(),
        ["width chosen by the first child"] = grow => grow.AdaptiveWidth(),
        ["chain, exits chosen by confidence"] = grow => grow.Exits(50, [1, 1, 1]),
        ["two levels, exits chosen by confidence"] = grow => grow.Exits(62, [2, 1]),
    };

    /// <summary>Ways that bias the output: the oracle must find each.</summary>
    public static readonly Dictionary<string, Action<EnumeratedDrafting>> Biased = new()
    {
        ["siblings sorted by probability"] = grow => grow.SortedSiblings(),
        ["drawn without replacement, declared with"] = grow => grow.WronglyDeclared(),
        ["unlikely siblings dropped"] = grow => grow.DroppedSiblings(),
        ["most likely tokens declared as drawn"] = grow => grow.TopTokensDeclaredDrawn(),
        ["repeats not recorded"] = grow => grow.ForgottenRepeats(),
        ["exit chosen by the drawn token"] = grow => grow.ExitByTheDrawnToken(),
    };

    /// <summary>The draft model's last exit; the draft model itself is the first one.</summary>
    readonly TableModel deep = new(draft.VocabularySize, seed: 78);
    int[] context = [];
    DraftTree tree = new(1);

    /// <summary>How often each exit drafted.</summary>
    public int[] Drafted { get; } = new int[2];

    public IDrafter Drafter(Action<EnumeratedDrafting> grow) => new ScriptedDrafter((context, tree) =>
    {
        (this.context, this.tree) = (context, tree);
        if (context.Length == promptLength)
            grow(this);
    });

    void Chain(int length, ProposalKind kind)
    {
        for (int node = 0; length > 0; length--)
            node = Level(node, 1, kind)[0];
    }

    void StoppingChain()
    {
        for (int node = 0, child; ; node = child)
        {
            child = Level(node, 1, ProposalKind.SampledWithoutReplacement)[0];
            if (tree.Room == 0 || tree.Depths[child] == 3 || Share(node, child) < 0.4)
                return;
        }
    }

    void Fixed(ProposalKind kind, int rootChildren, int grandchildren)
    {
        List<int> level = Level(0, rootChildren, kind);
        Level(level[0], grandchildren, kind);
        if (level[^1] != level[0])
            Level(level[^1], 1, kind);
    }

    void Heap(int budget)
    {
        List<(double Value, int Node)> slots = [(1, 0)];
        for (; budget > 0 && slots.Count > 0; budget--)
        {
            var slot = slots.MaxBy(slot => slot.Value);
            slots.Remove(slot);
            if (Draw(slot.Node) is not (>= 0 and int child))
                continue;
            double share = ResidualShare(slot.Node, child);
            slots.Add((slot.Value * (1 - share), slot.Node));
            slots.Add((slot.Value * share, child));
        }
    }

    void Threshold(double least, int budget)
    {
        List<(double Value, int Node)> level = [(1, 0)];
        while (level.Count > 0)
        {
            List<(double Value, int Node)> next = [];
            foreach (var (start, node) in level)
                for (double value = start; value >= least && budget > 0 && Draw(node) is >= 0 and int child; budget--)
                {
                    double share = ResidualShare(node, child);
                    next.Add((value * share, child));
                    value *= 1 - share;
                }
            level = next;
        }
    }

    void Mixed(ProposalKind kind)
    {
        int[] weights = Weights(0);
        int first = MixedLevel(0, Array.IndexOf(weights, weights.Max()), kind, 2);
        MixedLevel(first, 1, kind, 1);
    }

    /// <summary>One point mass, then draws; without replacement the point mass's token is no part of the distribution.</summary>
    int MixedLevel(int node, int tokenId, ProposalKind kind, int draws)
    {
        int[] weights = Weights(node);
        int first = tree.Add(node, tokenId);
        if (kind == ProposalKind.SampledWithoutReplacement)
            weights[tokenId] = 0;
        if (weights.Sum() > 0)
            Draw(node, weights, kind, draws);
        return first;
    }

    void PointMassesBelow()
    {
        int child = Level(0, 2, ProposalKind.SampledWithoutReplacement)[0];
        int below = tree.Add(child, 2);
        tree.Add(child, 0);
        tree.Add(below, 1);
    }

    void AdaptiveWidth()
    {
        int child = Draw(0);
        if (Share(0, child) < 0.5)
            Draw(0);
        Level(child, 2, ProposalKind.SampledWithoutReplacement);
    }

    /// <summary>S2D: a level drafts at the first exit if any of its rows gives a token more than so many percent there.</summary>
    void Exits(int percent, int[] widths)
    {
        List<int> level = [0];
        foreach (int width in widths)
        {
            bool confident = level.Exists(node => Weights(node) is var weights && 100 * weights.Max() > percent * weights.Sum());
            Drafted[confident ? 0 : 1]++;
            level = [.. level.SelectMany(node =>
                Draw(node, Weights(node, confident ? draft : deep), ProposalKind.SampledWithoutReplacement, width))];
        }
    }

    void ExitByTheDrawnToken()
    {
        int[] weights = Weights(0);
        int tokenId = choices.Choose([.. weights]);
        if (3 * weights[tokenId] < weights.Sum())
            tokenId = choices.Choose([.. weights = Weights(0, deep)]);
        Declare(0, weights, ProposalKind.SampledWithoutReplacement);
        tree.Add(0, tokenId);
    }

    void SortedSiblings()
    {
        int[] weights = Weights(0), residual = [.. weights];
        List<int> drawn = DrawTokens(residual, 2);
        Declare(0, weights, ProposalKind.SampledWithoutReplacement);
        foreach (int tokenId in drawn.OrderByDescending(tokenId => weights[tokenId]))
            tree.Add(0, tokenId);
    }

    void WronglyDeclared()
    {
        int[] weights = Weights(0), residual = [.. weights];
        List<int> drawn = DrawTokens(residual, 3);
        Declare(0, weights, ProposalKind.SampledWithReplacement);
        drawn.ForEach(tokenId => tree.Add(0, tokenId));
    }

    void DroppedSiblings()
    {
        int[] weights = Weights(0), residual = [.. weights];
        List<int> drawn = DrawTokens(residual, 2);
        Declare(0, weights, ProposalKind.SampledWithoutReplacement);
        foreach (int tokenId in drawn)
            if (weights[tokenId] > weights.Sum() / 4)
                tree.Add(0, tokenId);
    }

    void TopTokensDeclaredDrawn()
    {
        int[] weights = Weights(0);
        Declare(0, weights, ProposalKind.SampledWithoutReplacement);
        IEnumerable<int> possible = Enumerable.Range(0, weights.Length).Where(id => weights[id] > 0);
        foreach (int tokenId in possible.OrderByDescending(id => weights[id]).Take(2))
            tree.Add(0, tokenId);
    }

    void ForgottenRepeats()
    {
        int[] weights = Weights(0);
        Declare(0, weights, ProposalKind.SampledWithReplacement);
        for (int draw = 0; draw < 3; draw++)
            if (choices.Choose(weights) is int tokenId && tree.FindChild(0, tokenId) < 0)
                tree.Add(0, tokenId);
    }

    /// <summary>Draws a node's children; gives them, repeated ones too.</summary>
    List<int> Level(int node, int count, ProposalKind kind) => Draw(node, Weights(node), kind, count);

    List<int> Draw(int node, int[] weights, ProposalKind kind, int count)
    {
        Declare(node, weights, kind);
        List<int> children = [];
        for (; count > 0 && tree.Room > 0 && weights.Sum() > 0; count--)
        {
            int tokenId = choices.Choose([.. weights]);
            children.Add(tree.Add(node, tokenId));
            if (kind == ProposalKind.SampledWithoutReplacement)
                weights[tokenId] = 0;
        }
        return children;
    }

    /// <summary>Draws a node's next child without replacement; -1 if nothing is left.</summary>
    int Draw(int node)
    {
        if (tree.ChildDistribution(node).IsEmpty)
            Declare(node, Weights(node), ProposalKind.SampledWithoutReplacement);
        int[] residual = Residual(node, -1);
        return residual.Sum() == 0 ? -1 : tree.Add(node, choices.Choose(residual));
    }

    List<int> DrawTokens(int[] residual, int count)
    {
        List<int> tokens = [];
        for (; count > 0 && residual.Sum() > 0; count--)
        {
            tokens.Add(choices.Choose([.. residual]));
            residual[tokens[^1]] = 0;
        }
        return tokens;
    }

    void Declare(int node, int[] weights, ProposalKind kind)
    {
        Span<float> row = tree.RentChildDistribution(node, weights.Length, kind);
        for (int i = 0; i < weights.Length; i++)
            row[i] = weights[i];
    }

    double Share(int node, int child) => tree.ChildDistribution(node)[tree.TokenIds[child]] / tree.ChildDistribution(node).ToArray().Sum();

    /// <summary>The probability that a child had when it was drawn.</summary>
    double ResidualShare(int node, int child)
    {
        int[] residual = Residual(node, child);
        return (double)residual[tree.TokenIds[child]] / residual.Sum();
    }

    /// <summary>The weights of a node's tokens without the children drawn before <paramref name="end"/>.</summary>
    int[] Residual(int node, int end)
    {
        int[] weights = [.. tree.ChildDistribution(node).ToArray().Select(weight => (int)weight)];
        for (int child = tree.FirstChild(node); child != end; child = tree.NextSibling(child))
            weights[tree.TokenIds[child]] = 0;
        return weights;
    }

    int[] Weights(int node) => Weights(node, draft);

    int[] Weights(int node, TableModel exit)
    {
        List<int> path = [];
        for (; node > 0; node = tree.Parents[node])
            path.Insert(0, tree.TokenIds[node]);
        float[] logits = new float[draft.VocabularySize];
        exit.Logits([.. context, .. path], logits);
        return EnumeratedSampling.Weights(logits);
    }
}
