namespace Speculative.Drafters;

/// <summary>How many nodes to draft: as many as the target checks for less than they are worth.</summary>
public static class NodeBudget
{
    const int LongestChain = 10;

    /// <summary>
    /// The number N of nodes that makes most tokens per unit of time: the greatest (1 + sum of the N largest values) / cost of N + 1 rows.
    /// The smallest such N; 0 where speculation cannot pay.
    /// </summary>
    /// <param name="values">For each node the estimated probability that it is accepted, in any order.</param>
    /// <param name="curve">What a target pass costs.</param>
    /// <exception cref="ArgumentNullException"><paramref name="curve"/> is null.</exception>
    public static int Choose(ReadOnlySpan<double> values, CostCurve curve)
    {
        ArgumentNullException.ThrowIfNull(curve);
        double[] descending = values.ToArray();
        descending.Sort((a, b) => b.CompareTo(a));
        int best = 0;
        double tokens = 1, bestRate = 1 / curve.Milliseconds(1);
        for (int nodes = 1; nodes <= descending.Length; nodes++)
        {
            tokens += descending[nodes - 1];
            double rate = tokens / curve.Milliseconds(nodes + 1);
            if (rate > bestRate)
                (best, bestRate) = (nodes, rate);
        }
        return best;
    }

    /// <summary>
    /// The budget that settings ask for, at most all nodes: the given one, else what their cost curve makes best, else all.
    /// </summary>
    internal static int Choose(ReadOnlySpan<double> values, DrafterSettings settings) =>
        settings.NodeBudget is int nodes ? Math.Min(nodes, values.Length)
        : settings.CostCurve is { } curve ? Choose(values, curve)
        : values.Length;

    /// <summary>
    /// The length of a chain: the budget that settings ask for, else what their cost curve makes best, up to 10, if each token is right
    /// with one probability given that those before it are; else the usual length.
    /// </summary>
    internal static int ChooseChain(double acceptance, int usual, DrafterSettings settings) =>
        settings.NodeBudget ?? (settings.CostCurve is { } curve
            ? Choose([.. Enumerable.Range(1, LongestChain).Select(depth => Math.Pow(acceptance, depth))], curve)
            : usual);

    /// <summary>
    /// A factory, or where speculation cannot pay that of plain decoding: a drafter told to draft nothing would still have its draft model
    /// read along.
    /// </summary>
    internal static DrafterFactory Draft(int nodes, DrafterFactory drafting) => nodes == 0 ? NullDrafter.Factory : drafting;

    /// <summary>
    /// The budget of drafters whose trees have no fixed size: the given one, else what the cost curve makes best by the prior values of a
    /// published tree, else the published size.
    /// </summary>
    internal static int ChooseSize(int published, DrafterSettings settings) =>
        settings.NodeBudget ?? (settings.CostCurve is { } curve
            ? Choose(TreeTemplate.Published.Cut(Math.Min(published, TreeTemplate.Published.NodeCount)).Values[1..], curve)
            : published);
}
