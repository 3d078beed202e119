using ILGPU.Runtime.Cuda;

namespace Speculative.Tests;

/// <summary>Which passes are remembered; that their records compute what launches do, <see cref="CudaModelConformanceTests"/> shows.</summary>
public sealed class CudaPassGraphsTests(CudaContextFixture fixture) : IClassFixture<CudaContextFixture>
{
    [Fact]
    public void Pass_BeyondTheCapacity_IsRememberedWhenAnotherWasNotMetForLong()
    {
        using CudaStream stream = (CudaStream)fixture.Context.Accelerator.CreateStream();
        using PassGraphs graphs = new(stream);
        for (int rows = 0; rows < PassGraphs.Capacity; rows++)
            Assert.False(IsRecorded(rows));
        Assert.False(IsRecorded(PassGraphs.Capacity));
        Assert.False(IsRecorded(PassGraphs.Capacity));
        for (int pass = 0; pass < PassGraphs.Patience; pass++)
            Assert.True(IsRecorded(0));
        Assert.False(IsRecorded(PassGraphs.Capacity));
        Assert.True(IsRecorded(PassGraphs.Capacity));
        Assert.True(IsRecorded(0));
        Assert.Equal(PassGraphs.Patience + 2, graphs.Launched);
        Assert.False(IsRecorded(1)); // the one that had to go
        Assert.Null(graphs.Refusal);

        bool IsRecorded(int rows)
        {
            PassKey key = default(PassKey) with { Rows = rows };
            return graphs.TryLaunch(key) || (graphs.TryBegin(key) && graphs.TryEnd(key));
        }
    }

    [Fact]
    public void Forget_DropsThePassesOverACacheThatIsGone()
    {
        using CudaStream stream = (CudaStream)fixture.Context.Accelerator.CreateStream();
        using PassGraphs graphs = new(stream);
        PassKey gone = default(PassKey) with { Keys = 4096 + 255 }, kept = gone with { Keys = 4096 + 256 };
        Assert.All(
            (PassKey[])[gone, kept, gone, kept],
            key => Assert.False(graphs.TryLaunch(key) || (graphs.TryBegin(key) && !graphs.TryEnd(key))));
        Assert.True(graphs.TryLaunch(gone));
        graphs.Forget(4096, 256);
        Assert.False(graphs.TryLaunch(gone));
        Assert.True(graphs.TryLaunch(kept));
    }
}
