namespace Speculative.Tests;

/// <summary>Allocation by the calling thread: measured while no other test runs.</summary>
[Collection(nameof(GpuAllocationTests))]
[CollectionDefinition(nameof(GpuAllocationTests), DisableParallelization = true)]
public sealed class GpuAllocationTests(EmulationFixture fixture) : IClassFixture<EmulationFixture>
{
    /// <summary>
    /// What ILGPU's CPU accelerator allocates itself in a step: it boxes each launch with its parameters, 96 bytes for the fewest (a GPU's
    /// launches are not boxed). Measured on 1.5.3 for the 23 launches of this step: ancestor table, embedding, nine a layer, final norm,
    /// head, ranking.
    /// </summary>
    const int BoxedLaunches = 4048;

    [Fact]
    public void Step_AfterWarmUp_AllocatesNoMoreThanItsEmulatedLaunches()
    {
        using GpuModel model = new(fixture.Context, new RandomWeights(EmulationFixture.Tiny));
        using ICausalSequence sequence = model.CreateSequence(200);
        DraftTree tree = new(9);
        tree.Reset(0, 9);
        for (int token = 1; tree.Room > 0; token++)
            tree.Add(token / 2, token);
        int[] best = new int[8], path = [0, 1];
        void Step()
        {
            IModelOutput output = sequence.Evaluate(tree);
            for (int node = 0; node < tree.Count; node++)
            {
                output.ArgMax(node);
                output.TopK(node, best);
            }
            sequence.Commit(path);
        }
        for (int i = 0; i < 30; i++)
            Step();
        // What a step allocates, every round shows; what the runtime allocates once on this thread, one round only.
        long least = long.MaxValue;
        for (int round = 0; round < 3; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 20; i++)
                Step();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        Assert.InRange(least, 0, 20 * BoxedLaunches);
    }
}
