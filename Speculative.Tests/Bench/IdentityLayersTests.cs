using Speculative.Bench;
using Speculative.Bench.Engines;

namespace Speculative.Tests;

public sealed class IdentityLayersTests
{
    static readonly ModelConfig Tiny = RandomWeights.NamedShape("tiny") with { ModelType = "qwen3", QueryKeyNorm = true };

    [Theory]
    [InlineData(Precision.AsStored)]
    [InlineData(Precision.F32)]
    [InlineData(Precision.BF16)]
    [InlineData(Precision.Int8)]
    [InlineData(Precision.Int4)]
    public void Logits_OnTheCpu_AreTheModelsOwnBits(Precision precision)
    {
        CpuModelOptions options = new() { Threads = 2, Precision = precision };
        using CpuModel model = new(new RandomWeights(Tiny), options), deeper = new(Deepened(3), options);
        Assert.Equal(Tiny.LayerCount + 3, deeper.Config.LayerCount);
        Assert.Equal(Bits(model), Bits(deeper));
    }

    [Fact]
    public void Logits_OnTheGpuEngine_AreTheModelsOwnBits()
    {
        using GpuContext context = GpuContext.Open(GpuDevice.EmulationName);
        using GpuModel model = new(context, new RandomWeights(Tiny)), deeper = new(context, Deepened(1));
        Assert.Equal(Bits(model), Bits(deeper));
    }

    [Fact]
    public void GetWeight_OfAnAddedLayer_HasMemoryOfItsOwn()
    {
        using IdentityLayers deeper = Deepened(4);
        nint[] places = [.. Enumerable.Range(0, Tiny.LayerCount + 4).Select(layer =>
            deeper.GetWeight($"model.layers.{layer}.mlp.up_proj.weight", Tiny.IntermediateSize, Tiny.HiddenSize).Data)];
        Assert.Equal(places.Length, places.Distinct().Count());
        Assert.Equal(places[^1], deeper.GetWeight(
            $"model.layers.{places.Length - 1}.mlp.up_proj.weight", Tiny.IntermediateSize, Tiny.HiddenSize).Data);
    }

    [Fact]
    public async Task Generate_WithIdentityLayers_GivesTheSameAnswer()
    {
        string[] args = ["generate", "--prompt", "What is your name?", "--max-new-tokens", "24", "--drafter", "plain"];
        string expected = (await CommandLineTests.RunAsync(args)).Output.Split('\n')[0];
        var (exitCode, output, error) = await CommandLineTests.RunAsync([.. args, "--identity-layers", "2"]);
        Assert.Equal((ExitCode.Success, "", expected), (exitCode, error, output.Split('\n')[0]));
    }

    static IdentityLayers Deepened(int count) => new(new RandomWeights(Tiny), count);

    /// <summary>The logits of a prompt and of a token behind it, as bits.</summary>
    static int[] Bits(ICausalModel model)
    {
        using ICausalSequence sequence = model.CreateSequence(64);
        int[] prompt = [.. Enumerable.Range(0, 20).Select(i => 7 * i % model.VocabularySize)];
        return [.. Rows(sequence.Prefill(prompt)), .. Rows(sequence.Prefill([5]))];
    }

    static IEnumerable<int> Rows(IModelOutput output) => Enumerable.Range(0, output.NodeCount).SelectMany(node =>
    {
        float[] row = new float[output.VocabularySize];
        output.CopyLogits(node, row);
        return row.Select(BitConverter.SingleToInt32Bits);
    });
}
