using System.Numerics;

namespace Speculative;

/// <summary>Traversal verification over any arithmetic; see <see cref="TraversalAcceptance"/>.</summary>
sealed class TraversalWalk<T>(IResidualArithmetic<T> arithmetic)
    where T : struct, IAdditionOperators<T, T, T>, ISubtractionOperators<T, T, T>, IMultiplyOperators<T, T, T>,
        IDivisionOperators<T, T, T>, IComparable<T>
{
    /// <summary>One for each depth: nodes before the path have failed, nodes after it are untouched, so only the path has state.</summary>
    readonly List<Residual<T>> levels = [];

    public Acceptance Accept(DraftTree tree, IModelOutput output, long position, Span<int> acceptedPath)
    {
        acceptedPath[0] = 0;
        int depth = 0, ordinal = 0, next = tree.FirstChild(0);
        Level(0).Start(0, arithmetic.One);
        while (true)
        {
            for (; next >= 0; next = Descend(tree, output, depth, next))
                acceptedPath[++depth] = next;
            if (depth == 0 || arithmetic.Happens(levels[depth].Reach, position, ordinal++)) // the root alone is left: kept for certain
                break;
            int failed = acceptedPath[depth--];
            levels[depth].Fail(tree, output, failed);
            next = tree.NextSibling(failed);
        }
        levels[depth].Load(tree, output);
        TokenOrigin origin = tree.FirstChild(acceptedPath[depth]) < 0 ? TokenOrigin.Bonus : TokenOrigin.Recovered;
        return new(depth + 1, arithmetic.Draw(levels[depth].Target, position + depth), origin);
    }

    /// <summary>
    /// Begins with a node at a depth, below the path so far; gives its first child, or -1 where nothing below can be kept.
    /// </summary>
    int Descend(DraftTree tree, IModelOutput output, int depth, int node)
    {
        levels[depth - 1].Load(tree, output);
        T reach = levels[depth - 1].ReachOf(tree, node);
        Level(depth).Start(node, reach);
        return reach.CompareTo(default) > 0 ? tree.FirstChild(node) : -1;
    }

    Residual<T> Level(int depth)
    {
        while (levels.Count <= depth)
            levels.Add(new(arithmetic));
        return levels[depth];
    }
}
