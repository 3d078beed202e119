namespace Speculative.Tests;

/// <summary>Draft trees of every kind, the same ones on every run.</summary>
static class RandomTrees
{
    /// <summary>The parents of a tree whose nodes hang on any earlier node.</summary>
    public static int[] Parents(int nodes, int seed)
    {
        Random random = new(seed);
        int[] parents = new int[nodes];
        parents[0] = -1;
        for (int node = 1; node < nodes; node++)
            parents[node] = random.Next(3) == 0 ? node - 1 : random.Next(node);
        return parents;
    }

    /// <summary>A draft tree of these parents; a node's token is its index.</summary>
    public static DraftTree Tree(int[] parents)
    {
        DraftTree tree = new(parents.Length);
        tree.Reset(0, parents.Length);
        for (int node = 1; node < parents.Length; node++)
            tree.Add(parents[node], node);
        return tree;
    }

    /// <summary>The nodes from the root to <paramref name="node"/>.</summary>
    public static int[] Path(int[] parents, int node)
    {
        List<int> path = [];
        for (int at = node; at >= 0; at = parents[at])
            path.Insert(0, at);
        return [.. path];
    }

    /// <summary>The parents of a chain.</summary>
    public static int[] Chain(int nodes) => [.. Enumerable.Range(-1, nodes)];

    /// <summary>Numbers from -1 to 1.</summary>
    public static float[] Floats(int count, int seed)
    {
        Random random = new(seed);
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++)
            numbers[i] = random.NextSingle() * 2 - 1;
        return numbers;
    }
}
