using Speculative.Bench;
using Speculative.Bench.Engines;
using Speculative.Bench.Machine;

namespace Speculative.Tests;

public sealed class ModelSourceTests
{
    /// <summary>As the GPU engine does, which has copied them.</summary>
    [Fact]
    public void Open_GgufWithAnEngineThatKeepsNoWeights_HasReadTheRestBefore()
    {
        using TinyGguf gguf = TinyGguf.Export(ModelSource.EmbeddedFolder, ElementType.BF16, withTokenizer: true);
        using DisposingEngine engine = new();
        using LoadedModel model = ModelSource.Open(gguf.Path, engine), folder = ModelSource.Open(ModelSource.EmbeddedFolder, engine);
        Assert.Equal(folder.Encode("Hi!"), model.Encode("Hi!"));
    }

    sealed class DisposingEngine : ModelEngine
    {
        public override string Name => "none";

        public override string Description => "none";

        public override IReadOnlyList<int> MeasuredRows => [1];

        public override EngineModel Create(IWeightSource weights)
        {
            weights.Dispose();
            return CreateRandom("tiny");
        }

        public override EngineModel CreateRandom(string shape)
        {
            CpuModel model = new(ModelSource.CreateRandomWeights(shape), new() { Threads = 1 });
            return new(model, model.WeightFormat, model.BytesPerPass, model.CacheBytesPerPosition, model.Config);
        }

        public override RateShare MeasureRead(EngineModel measured, int contextLength, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public override void Dispose() { }
    }
}
