namespace Speculative.Tests;

/// <summary>Trees to be evaluated, and ways through them.</summary>
static class DraftTrees
{
    /// <summary>A chain of tokens.</summary>
    public static DraftTree Chain(ReadOnlySpan<int> tokens)
    {
        DraftTree tree = new(tokens.Length);
        tree.Reset(tokens[0], tokens.Length);
        for (int i = 1; i < tokens.Length; i++)
            tree.Add(i - 1, tokens[i]);
        return tree;
    }

    /// <summary>A tree of any shape and tokens.</summary>
    public static DraftTree RandomTree(ICausalModel model, int nodes, int seed)
    {
        Random random = new(seed);
        DraftTree tree = new(nodes);
        tree.Reset(random.Next(model.VocabularySize), nodes);
        while (tree.Room > 0)
        {
            int parent = random.Next(Math.Max(0, tree.Count - 6), tree.Count), token = random.Next(model.VocabularySize);
            if (tree.FindChild(parent, token) < 0)
                tree.Add(parent, token);
        }
        return tree;
    }

    /// <summary>The nodes from the root to a node.</summary>
    public static int[] Path(DraftTree tree, int node)
    {
        List<int> path = [];
        for (; node >= 0; node = tree.Parents[node])
            path.Insert(0, node);
        return [.. path];
    }

    /// <summary>Their tokens.</summary>
    public static int[] PathTokens(DraftTree tree, int node) => [.. Path(tree, node).Select(i => tree.TokenIds[i])];
}
