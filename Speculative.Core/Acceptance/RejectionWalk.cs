using System.Numerics;

namespace Speculative;

/// <summary>Recursive rejection over any arithmetic; see <see cref="RecursiveRejectionAcceptance"/>.</summary>
sealed class RejectionWalk<T>(IResidualArithmetic<T> arithmetic)
    where T : struct, IAdditionOperators<T, T, T>, ISubtractionOperators<T, T, T>, IMultiplyOperators<T, T, T>,
        IDivisionOperators<T, T, T>, IComparable<T>
{
    readonly Residual<T> residual = new(arithmetic);

    public Acceptance Accept(DraftTree tree, IModelOutput output, long position, Span<int> acceptedPath)
    {
        acceptedPath[0] = 0;
        for (int node = 0, length = 1; ; length++, position++)
        {
            residual.Start(node, arithmetic.One);
            residual.Load(tree, output);
            int tokenId = -1;
            int child = tree.ChildDistribution(node).IsEmpty
                ? tree.FindChild(node, tokenId = arithmetic.Draw(residual.Target, position)) // point masses: the target's choice decides
                : FirstKept(tree, output, node, position);
            if (child < 0)
            {
                TokenOrigin origin = tree.FirstChild(node) < 0 ? TokenOrigin.Bonus : TokenOrigin.Recovered;
                return new(length, tokenId < 0 ? arithmetic.Draw(residual.Target, position) : tokenId, origin);
            }
            acceptedPath[length] = node = child;
        }
    }

    /// <summary>The first child that is kept, or -1; then the target's rest is what the next token follows.</summary>
    int FirstKept(DraftTree tree, IModelOutput output, int node, long position)
    {
        int ordinal = 0;
        for (int child = tree.FirstChild(node); child >= 0; child = tree.NextSibling(child))
        {
            if (arithmetic.Happens(residual.ReachOf(tree, child), position, ordinal++))
                return child;
            residual.Fail(tree, output, child);
        }
        return -1;
    }
}
