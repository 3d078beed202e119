namespace Speculative.Tests;

public sealed class GpuContextTests
{
    static readonly GpuDevice[] Two = [new(0, "NVIDIA H100", GpuDeviceKind.Cuda, 80), new(1, "NVIDIA L4", GpuDeviceKind.Cuda, 24)];

    [Fact]
    public void Find_ByIndexNameOrNothing_GivesTheDevice()
    {
        Assert.Equal(0, GpuContext.Find(Two, null));
        Assert.Equal(1, GpuContext.Find(Two, "1"));
        Assert.Equal(1, GpuContext.Find(Two, "l4"));
    }

    [Theory]
    [InlineData("2")]
    [InlineData("A100")]
    public void Find_OfWhatIsNotThere_ListsWhatIs(string name)
    {
        string message = Assert.Throws<GpuDeviceNotFoundException>(() => GpuContext.Find(Two, name)).Message;
        Assert.Equal($"No GPU is called '{name}': expected 0 (NVIDIA H100), 1 (NVIDIA L4).", message);
    }

    [Fact]
    public void Find_WithoutDevices_SaysWhatToDo() => Assert.StartsWith(
        "This machine has no GPU that CUDA or OpenCL can reach: use the CPU engine, or the device 'cpu-emulation'",
        Assert.Throws<GpuDeviceNotFoundException>(() => GpuContext.Find([], null)).Message, StringComparison.Ordinal);

    [Fact]
    public void Open_WithoutAGpu_NeverTakesTheEmulation()
    {
        Assert.SkipWhen(GpuContext.ListDevices().Count > 0, "This machine has a GPU.");
        Assert.Throws<GpuDeviceNotFoundException>(() => GpuContext.Open());
    }

    [Fact]
    public void MemoryPlan_OfAPublishedShape_CountsWeightsAndCache()
    {
        ModelConfig llama = RandomWeights.NamedShape("llama-7b");
        GpuModelOptions options = new() { CacheFormat = ElementType.BF16, PlannedContextLength = 1000 };
        GpuMemoryPlan plan = GpuMemoryPlan.For(llama, ElementType.BF16, options);
        Assert.Equal(2L * 32 * 4096 * 2 * 1000, plan.CacheBytes);
        Assert.InRange(plan.WeightBytes, 13.4e9, 13.6e9); // 6.74 billion parameters
        Assert.Equal(plan.WeightBytes + plan.CacheBytes + plan.WorkspaceBytes, plan.NeededBytes);
    }

    [Theory]
    [InlineData(100, "take a smaller model")]
    [InlineData(145, "at most 10 tokens, or take a cache of 16 bits")]
    public void MemoryPlan_ThatDoesNotFit_SaysWhatIsNeededFreeAndToBeReduced(int freeMegabytes, string advice)
    {
        GpuMemoryPlan plan = new(100_000_000, 30_000_000, 30_000_000, 20);
        plan.ThrowIfAbove(160_000_000);
        string message = Assert.Throws<GpuMemoryException>(() => plan.ThrowIfAbove(freeMegabytes * 1_000_000L)).Message;
        Assert.StartsWith("The model needs 160 MB on the device: weights 100 MB, cache 30 MB for 20 tokens, work space 30 MB; "
            + $"{freeMegabytes} MB are free: ", message, StringComparison.Ordinal);
        Assert.Contains(advice, message, StringComparison.Ordinal);
    }
}
