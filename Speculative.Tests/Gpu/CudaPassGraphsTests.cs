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

        bool IsRecorded(int rows)
        {
            PassKey key = default(PassKey) with { Rows = rows };
            return graphs.TryLaunch(key) || (graphs.TryBegin(key) && graphs.TryEnd(key));
        }
    }
}
