namespace Speculative.Tests;

/// <summary>Allocation by the calling thread: measured while no other test runs.</summary>
[Collection(nameof(GpuAllocationTests))]
[CollectionDefinition(nameof(GpuAllocationTests), DisableParallelization = true)]
public sealed class GpuAllocationTests(EmulationFixture fixture) : IClassFixture<EmulationFixture>
{
    /// <summary>
    /// What ILGPU's CPU accelerator allocates itself in a step: it boxes each launch with its parameters, 96 bytes for the fewest (a GPU's
    /// launches are not boxed: there a step allocates nothing). Measured on 1.5.3 for the 23 launches of this step: ancestor table, embedding, nine a layer, final norm,
    /// head, ranking.
    /// </summary>
    const int BoxedLaunches = 4144;

    /// <summary>A large tree is laid out anew in each step, matrices in int8 are another kernel: neither launches nor allocates
    /// more.</summary>
    [Theory]
    [InlineData(9, Precision.AsStored)]
    [InlineData(9, Precision.Int8)]
    [InlineData(70, Precision.AsStored)]
    public void Step_AfterWarmUp_AllocatesNoMoreThanItsEmulatedLaunches(int nodes, Precision precision)
    {
        GpuModelOptions options = new() { MaxTreeNodes = 80, Precision = precision };
        using GpuModel model = new(fixture.Context, new RandomWeights(EmulationFixture.Tiny), options);
        using ICausalSequence sequence = model.CreateSequence(256);
        DraftTree tree = new(nodes);
        tree.Reset(0, nodes);
        for (int node = 1; tree.Room > 0; node++)
            tree.Add(node / 2, node % 33);
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
        // What a step allocates, most steps show; what the runtime allocates on this thread now and then, few.
        long[] allocated = [.. Enumerable.Range(0, 60).Select(_ =>
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            Step();
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }).Order()];
        Assert.InRange(allocated[allocated.Length / 2], 0, AcceleratorFixture.AsksForCuda ? 0 : BoxedLaunches);
    }
}
