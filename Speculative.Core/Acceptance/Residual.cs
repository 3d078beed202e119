using System.Numerics;

namespace Speculative;

/// <summary>
/// What is left of a node's two distributions while its children fail one after another: of the target's, which the next token must follow
/// given these failures, and of the draft's, which the next child was drawn from.
/// </summary>
/// <remarks>
/// A child y of a node that is kept with probability r is kept with probability min(1, r · target[y] / draft[y]). When it fails,
/// with S the sum of max(r · target - draft, 0): target becomes that row divided by S, and r becomes S / (S + 1 - r). Where r is 1, as in
/// recursive rejection, it stays 1. A point mass is a draft that has all its probability on y.
/// </remarks>
sealed class Residual<T>(IResidualArithmetic<T> arithmetic)
    where T : struct, IAdditionOperators<T, T, T>, ISubtractionOperators<T, T, T>, IMultiplyOperators<T, T, T>,
        IDivisionOperators<T, T, T>, IComparable<T>
{
    readonly T[] target = new T[arithmetic.VocabularySize];
    readonly T[] draft = new T[arithmetic.VocabularySize];
    bool loaded;

    public int Node { get; private set; }

    /// <summary>The probability that the node is kept, given what failed so far.</summary>
    public T Reach { get; private set; }

    /// <summary>What is left of the target's distribution.</summary>
    public ReadOnlySpan<T> Target => target;

    /// <summary>
    /// Begins with a node of which nothing has failed. Its rows are read by <see cref="Load"/>: many leaves never need them.
    /// </summary>
    public void Start(int node, T reach) => (Node, Reach, loaded) = (node, reach, false);

    public void Load(DraftTree tree, IModelOutput output)
    {
        if (loaded)
            return;
        arithmetic.CopyTarget(output, Node, target);
        if (tree.ChildDistribution(Node) is { IsEmpty: false } distribution)
            arithmetic.CopyDraft(distribution, draft);
        loaded = true;
    }

    /// <summary>The probability that a child is kept, given that the siblings before it failed.</summary>
    public T ReachOf(DraftTree tree, int child)
    {
        int tokenId = tree.TokenIds[child];
        T joint = Reach * target[tokenId];
        if (tree.Kind(child) == ProposalKind.PointMass)
            return joint;
        T drawn = draft[tokenId];
        return joint.CompareTo(drawn) >= 0 && joint.CompareTo(default) > 0 ? arithmetic.One
            : drawn.CompareTo(default) > 0 ? joint / drawn : default;
    }

    /// <summary>Goes on after a child failed, and the draws after it that repeated a token: those fail for certain.</summary>
    public void Fail(DraftTree tree, IModelOutput output, int child)
    {
        if (tree.Kind(child) == ProposalKind.PointMass)
        {
            target[tree.TokenIds[child]] = default;
            Renormalise(Reach, tree, output, child);
        }
        else
            FailDraw(tree, output, child);
        for (int repeat = tree.Repeats(child); repeat > 0; repeat--)
            FailDraw(tree, output, child);
        if (tree.Kind(child) == ProposalKind.SampledWithoutReplacement)
        {
            draft[tree.TokenIds[child]] = default;
            arithmetic.Normalise(draft);
        }
    }

    void FailDraw(DraftTree tree, IModelOutput output, int child)
    {
        arithmetic.Subtract(target, Reach, draft);
        Renormalise(arithmetic.One, tree, output, child);
    }

    /// <summary>Normalises the target's rest, whose sum times <paramref name="scale"/> is S.</summary>
    void Renormalise(T scale, DraftTree tree, IModelOutput output, int child)
    {
        T rest = scale * arithmetic.Normalise(target);
        if (rest.CompareTo(default) > 0)
            Reach = rest / (rest + (arithmetic.One - Reach));
        else if (Reach.CompareTo(arithmetic.One) < 0)
            Reach = default;
        else
            Restart(tree, output, child);
    }

    /// <summary>
    /// Both distributions are equal but for rounding, so that nothing is left although something failed: what the target gives the tokens
    /// that were not tried, or all tokens if it gives those nothing.
    /// </summary>
    void Restart(DraftTree tree, IModelOutput output, int failed)
    {
        arithmetic.CopyTarget(output, Node, target);
        for (int child = tree.FirstChild(Node); child >= 0; child = child == failed ? -1 : tree.NextSibling(child))
            target[tree.TokenIds[child]] = default;
        if (arithmetic.Normalise(target).CompareTo(default) <= 0)
            arithmetic.CopyTarget(output, Node, target);
    }
}
