namespace Speculative.Tests;

/// <summary>The GPU engine's context on ILGPU's CPU accelerator: a device for tiny models on every machine. On a CUDA device where the
/// environment asks for one; there, tests of 16-bit weights that know the portable products' precision fail.</summary>
public sealed class EmulationFixture : IDisposable
{
    /// <summary>Sizes at which an emulated pass takes milliseconds.</summary>
    public static readonly ModelConfig Tiny = TinyShapes.Llama with
    {
        HiddenSize = 16,
        IntermediateSize = 24,
        HeadCount = 2,
        KeyValueHeadCount = 1,
        HeadSize = 8,
        VocabularySize = 33,
    };

    public GpuContext Context { get; } = GpuContext.Open(
        AcceleratorFixture.AsksForCuda ? null : GpuDevice.EmulationName);

    public void Dispose() => Context.Dispose();
}
