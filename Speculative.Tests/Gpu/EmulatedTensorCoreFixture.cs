using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;

namespace Speculative.Tests;

/// <summary>
/// Emulated tensor cores, and the GPU engine's emulation with attention on them. Blocks run on an accelerator with eight warps a group,
/// tails on one with a single warp, whose threads wait less for each other; both read the engine's memory, all of it the host's. Shared by
/// all classes that need it: compiling these kernels takes seconds.
/// </summary>
[CollectionDefinition(nameof(EmulatedTensorCoreFixture))]
public sealed class EmulatedTensorCoreFixture : ICollectionFixture<EmulatedTensorCoreFixture>, IDisposable
{
    readonly GpuContext context = GpuContext.Open(GpuDevice.EmulationName);
    readonly Context warpContext = Context.Create(builder => builder.ForSpeculative().CPU(new CPUDevice(32, 1, 1)));
    readonly Accelerator warp;
    int compiled;

    public EmulatedTensorCoreFixture()
    {
        warp = warpContext.Devices[0].CreateAccelerator(warpContext);
        context.Kernels.CompileAttention = (headDim, format) =>
        {
            compiled++;
            return new(TensorAttentionRun.Blocks(Warps.Accelerator, headDim, format), new(warp, format), new(warp, format));
        };
    }

    /// <summary>The accelerator with eight warps.</summary>
    public WideCpuAcceleratorFixture Warps { get; } = new();

    /// <summary>A model that attends on tensor cores.</summary>
    internal GpuModel CreateModel(ModelConfig config)
    {
        int before = compiled;
        GpuModel model = new(context, new RandomWeights(config), new() { CacheFormat = ElementType.BF16, MaxTreeNodes = 80 });
        Assert.Equal(before + 1, compiled);
        return model;
    }

    public void Dispose()
    {
        context.Dispose();
        Warps.Dispose();
        warp.Dispose();
        warpContext.Dispose();
    }
}
