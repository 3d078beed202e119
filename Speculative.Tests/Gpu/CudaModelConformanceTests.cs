using Speculative.Drafters;

namespace Speculative.Tests;

/// <summary>The whole engine on a GPU, at a shape whose attention and products all run on tensor cores.</summary>
public sealed class CudaModelConformanceTests(CudaContextFixture fixture) : CausalModelConformanceTests, IClassFixture<CudaContextFixture>
{
    static readonly ModelConfig Tiled = TinyShapes.Llama with { HeadSize = 64, IntermediateSize = 128, VocabularySize = 112 };

    protected override Type Subject => typeof(GpuModel);

    protected override ICausalModel CreateModel() =>
        new GpuModel(fixture.Context, new RandomWeights(Tiled), new() { CacheFormat = ElementType.BF16, MaxTreeNodes = 65 });

    /// <summary>A draft's trees have one shape, so nearly all passes run from a record; one runs over the border of a split.</summary>
    [Theory]
    [InlineData("plain", 1, 0.9)]
    [InlineData("token-recycling", 8, 0.5)]
    public void Generate_FromRecordedPasses_GivesTheSameTokens(string drafter, int budget, double recorded)
    {
        int[] prompt = [.. Enumerable.Range(0, 100).Select(i => i * 7 % 30)];
        (int[] expected, double none) = Generate(false);
        (int[] actual, double share) = Generate(true);
        Assert.Equal(expected, actual);
        Assert.Equal(0, none);
        Assert.InRange(share, recorded, 1);

        (int[] Tokens, double Recorded) Generate(bool records)
        {
            using GpuModel model = new(
                fixture.Context, new RandomWeights(Tiled), new() { CacheFormat = ElementType.BF16, RecordsPasses = records });
            DrafterSettings settings = new() { VocabularySize = model.VocabularySize, NodeBudget = budget };
            using SpeculativeSession session = new SpeculativeEngine(model, DrafterCatalog.CreateFactory(drafter, settings))
                .StartSession(prompt, new() { MaxNewTokens = 64 });
            int[] tokens = [.. session.Generate()];
            return (tokens, (double)(model.Graphs?.Launched ?? 0) / session.Statistics.Steps);
        }
    }

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

    /// <summary>The device rounds weights to the same integers as the emulation; tensor cores read activations as BF16.</summary>
    [Theory]
    [InlineData(Precision.Int8)]
    [InlineData(Precision.Int4)]
    public void Rows_InAPrecision_AreNearThoseOfPortableProducts(Precision precision)
    {
        GpuModelOptions options = new() { CacheFormat = ElementType.BF16, Precision = precision };
        using GpuModel gpu = new(fixture.Context, new RandomWeights(Tiled), options);
        using GpuContext emulation = GpuContext.Open(GpuDevice.EmulationName);
        using GpuModel portable = new(emulation, new RandomWeights(Tiled), options);
        int[] tokens = Tokens(gpu, 20, 3);
        float[][] expected = PrefillRows(portable, tokens), actual = PrefillRows(gpu, tokens);
        for (int row = 0; row < tokens.Length; row++)
            for (int id = 0; id < gpu.VocabularySize; id++)
                Assert.Equal(expected[row][id], actual[row][id], 0.1f);
    }
}
