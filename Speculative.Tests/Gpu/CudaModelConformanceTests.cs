namespace Speculative.Tests;

/// <summary>The whole engine on a GPU, at a shape whose products all run on tensor cores.</summary>
public sealed class CudaModelConformanceTests(CudaContextFixture fixture) : CausalModelConformanceTests, IClassFixture<CudaContextFixture>
{
    static readonly ModelConfig Tiled = TinyShapes.Llama with { IntermediateSize = 128, VocabularySize = 112 };

    protected override Type Subject => typeof(GpuModel);

    protected override ICausalModel CreateModel() =>
        new GpuModel(fixture.Context, new RandomWeights(Tiled), new() { CacheFormat = ElementType.BF16 });

    /// <summary>Tensor cores read activations as BF16, 8 bits of them: the CPU engine reads all 24.</summary>
    [Fact]
    public void Rows_AreNearThoseOfTheCpuEngine()
    {
        using ICausalModel gpu = CreateModel();
        using CpuModel cpu = new(new RandomWeights(Tiled), new() { Threads = 1 });
        int[] tokens = Tokens(gpu, 60, 3);
        float[][] expected = PrefillRows(cpu, tokens), actual = PrefillRows(gpu, tokens);
        for (int row = 0; row < tokens.Length; row++)
            for (int id = 0; id < gpu.VocabularySize; id++)
                Assert.Equal(expected[row][id], actual[row][id], 0.1f);
    }
}
