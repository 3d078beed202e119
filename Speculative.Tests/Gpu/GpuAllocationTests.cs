namespace Speculative.Tests;

/// <summary>Allocation by the calling thread: measured while no other test runs.</summary>
[Collection(nameof(GpuAllocationTests))]
[CollectionDefinition(nameof(GpuAllocationTests), DisableParallelization = true)]
public sealed class GpuAllocationTests(EmulationFixture fixture) : IClassFixture<EmulationFixture>
{
    /// <summary>What ILGPU's CPU accelerator allocates itself for each launch (a GPU's does not); measured on 1.5.3.</summary>
    const int BytesPerLaunch = 96;

    [Fact]
    public void Step_AfterWarmUp_AllocatesNothing()
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
        for (int i = 0; i < 40; i++)
            Step();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 40; i++)
            Step();
        // Ancestor table, embedding, nine a layer, final norm, head, ranking.
        int launches = 1 + 1 + 9 * model.Config.LayerCount + 1 + 1 + 1;
        Assert.Equal(40 * launches * BytesPerLaunch, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
