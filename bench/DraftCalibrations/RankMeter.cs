namespace Speculative.Bench.DraftCalibrations;

/// <summary>Counts which child of the root is the accepted one, over all sessions of the factories it wraps.</summary>
/// <param name="ranks">How many children are told apart.</param>
sealed class RankMeter(int ranks)
{
    readonly long[] accepted = new long[ranks];

    /// <summary>Drafts checked.</summary>
    public long Steps { get; private set; }

    /// <summary>
    /// For each rank how often it was accepted; half a case more than was counted, so that what is rare is not taken for impossible.
    /// </summary>
    public double[] Acceptance => [.. accepted.Select(count => (count + 0.5) / (Steps + 0.5 * (ranks + 1)))];

    /// <summary>The same drafters, watched.</summary>
    public DrafterFactory Watch(DrafterFactory factory) => options => new Watched(this, factory(options));

    sealed class Watched(RankMeter meter, IDrafter inner) : IDrafter
    {
        bool drafted;

        public void Start(ReadOnlySpan<int> promptTokenIds) => inner.Start(promptTokenIds);

        public void Draft(ReadOnlySpan<int> contextTokenIds, DraftTree tree)
        {
            inner.Draft(contextTokenIds, tree);
            drafted = tree.Count > 1;
        }

        public void Observe(in VerifiedStep verified)
        {
            inner.Observe(verified);
            if (!drafted)
                return;
            drafted = false;
            meter.Steps++;
            // Where the output ends, an accepted child is no part of the path any more.
            int child = verified.AcceptedPath.Length > 1 ? verified.AcceptedPath[1] : verified.Tree.FindChild(0, verified.NextTokenId);
            if (child >= 0)
                meter.accepted[RankOf(verified.Tree, child)]++;
        }

        public void Dispose() => inner.Dispose();

        static int RankOf(DraftTree tree, int child)
        {
            int rank = 0;
            for (int sibling = tree.FirstChild(0); sibling != child; sibling = tree.NextSibling(sibling))
                rank++;
            return rank;
        }
    }
}
