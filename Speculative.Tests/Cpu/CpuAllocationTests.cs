namespace Speculative.Tests;

/// <summary>Allocation by all threads of the process, worker threads included: measured while no other test runs.</summary>
[Collection(nameof(CpuAllocationTests))]
[CollectionDefinition(nameof(CpuAllocationTests), DisableParallelization = true)]
public sealed class CpuAllocationTests
{
    [Theory]
    [InlineData(CacheFormat.F32)]
    [InlineData(CacheFormat.Int8)]
    public void Step_AfterWarmUp_AllocatesNothing(CacheFormat format)
    {
        ModelConfig config = TinyShapes.Llama with { MaxContextLength = 1024 };
        using CpuModel model = new(new RandomWeights(config, ElementType.BF16), new() { Threads = 2, CacheFormat = format });
        using ICausalSequence sequence = model.CreateSequence(600);
        sequence.Prefill(new int[400]);
        DraftTree tree = new(9);
        tree.Reset(0, 9);
        for (int token = 1; tree.Room > 0; token++)
            tree.Add(token / 2, token);
        int[] best = new int[8];
        int[] root = [0];
        void Step()
        {
            IModelOutput output = sequence.Evaluate(tree);
            for (int node = 0; node < tree.Count; node++)
            {
                output.ArgMax(node);
                output.TopK(node, best);
            }
            sequence.Commit(root);
        }
        for (int i = 0; i < 100; i++)
            Step();
        long before = GC.GetAllocatedBytesForCurrentThread(), beforeAll = GC.GetTotalAllocatedBytes(precise: true);
        for (int i = 0; i < 90; i++)
            Step();
        long all = GC.GetTotalAllocatedBytes(precise: true) - beforeAll;
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.True(all < 64 << 10, $"{all} bytes in 90 steps: more than what the test runner's own threads take.");
    }
}
