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
        readonly CpuEngine inner = new(new() { Threads = 1 });

        public override string Name => inner.Name;

        public override string Description => inner.Description;

        public override string FasterThanMemory => inner.FasterThanMemory;

        public override IReadOnlyList<int> MeasuredRows => inner.MeasuredRows;

        public override EngineModel Create(IWeightSource weights)
        {
            weights.Dispose();
            return CreateRandom("tiny");
        }

        public override EngineModel CreateRandom(string shape) => inner.CreateRandom(shape);

        public override RateShare MeasureRead(EngineModel measured, int contextLength, CancellationToken cancellationToken) =>
            inner.MeasureRead(measured, contextLength, cancellationToken);

        public override void Dispose() => inner.Dispose();
    }
}
