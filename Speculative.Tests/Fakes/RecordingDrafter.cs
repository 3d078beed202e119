namespace Speculative.Tests;

/// <summary>Passes everything on to another drafter, which it does not own, and writes down what that drafts and allocates.</summary>
sealed class RecordingDrafter(IDrafter inner) : IDrafter
{
    public List<Step> Steps { get; } = [];

    public void Start(ReadOnlySpan<int> promptTokenIds) => inner.Start(promptTokenIds);

    public void Draft(ReadOnlySpan<int> contextTokenIds, DraftTree tree)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        inner.Draft(contextTokenIds, tree);
        long bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        Steps.Add(new([.. contextTokenIds], tree.Capacity, [.. tree.TokenIds], [.. tree.Parents], [.. tree.Depths], bytes)
        {
            Expected = tree.ExpectedAcceptedLength,
        });
    }

    public void Observe(in VerifiedStep verified)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        inner.Observe(verified);
        long bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        if (Steps.Count > 0)
            Steps[^1] = Steps[^1] with { AllocatedBytes = Steps[^1].AllocatedBytes + bytes, PathLength = verified.AcceptedPath.Length };
    }

    public void Dispose() { }

    /// <summary>One step: what the drafter was given, what it drafted, how much of that was accepted.</summary>
    public sealed record Step(int[] Context, int Capacity, int[] TokenIds, int[] Parents, int[] Depths, long AllocatedBytes)
    {
        public int PathLength { get; init; }

        /// <summary>How many of its drafts the drafter expected to be accepted.</summary>
        public double Expected { get; init; }

        /// <summary>The tree as text: equal texts are equal trees.</summary>
        public string Tree => string.Join(' ', TokenIds.Zip(Parents, (tokenId, parent) => $"{parent}>{tokenId}"));
    }
}
