namespace Speculative.Tests;

public sealed class CpuModelTests
{
    static readonly ModelConfig Tiny = RandomWeights.NamedShape("tiny");

    [Fact]
    public void Sizes_ThatAreImpossible_Throw()
    {
        Assert.Throws<ModelFormatException>(() => new CpuModel(new RandomWeights(Tiny with { KeyValueHeadCount = 3 })));
        Assert.Throws<ModelFormatException>(() => new CpuModel(new RandomWeights(Tiny with { HeadSize = 15 })));
        Assert.Throws<ModelFormatException>(() => new CpuModel(new RandomWeights(Tiny with { LayerCount = 0 })));
        Assert.Throws<ArgumentOutOfRangeException>(() => new CpuModel(new RandomWeights(Tiny), new() { Threads = -1 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new CpuModel(new RandomWeights(Tiny), new() { CacheFormat = (CacheFormat)3 }));
    }

    [Fact]
    public void Use_AfterTheModelIsDisposed_ThrowsInsteadOfReadingFreedMemory()
    {
        CpuModel model = new(new RandomWeights(Tiny), new() { Threads = 2 });
        using ICausalSequence sequence = model.CreateSequence(16);
        IModelOutput output = sequence.Prefill([1, 2]);
        model.Dispose();
        model.Dispose();
        Assert.Throws<ObjectDisposedException>(() => output.ArgMax(0));
        Assert.Throws<ObjectDisposedException>(() => sequence.Prefill([1]));
        Assert.Throws<ObjectDisposedException>(() => model.CreateSequence(1));
    }

    /// <summary>A host that shuts down while an answer is still being made.</summary>
    [Fact]
    public void Dispose_DuringAPass_WaitsForItsEnd()
    {
        using CpuThreads threads = new(2);
        CpuModel model = new(new RandomWeights(Tiny), new() { SharedThreads = threads });
        using ICausalSequence sequence = model.CreateSequence(16);
        Exception? fault = null;
        Thread disposal = new(model.Dispose), late = new(() => fault = Record.Exception(() => sequence.Prefill([1])));
        lock (threads.Pool.Turn) // as a pass does
        {
            disposal.Start();
            Assert.False(disposal.Join(TimeSpan.FromMilliseconds(100)));
            late.Start();
        }
        disposal.Join();
        late.Join();
        Assert.True(fault is null or ObjectDisposedException); // it came before the end of the model, or not at all
        Assert.Throws<ObjectDisposedException>(() => sequence.Prefill([1]));
    }

    [Fact]
    public void DisposeASequence_DuringAPass_WaitsForItsEnd()
    {
        using CpuThreads threads = new(2);
        using CpuModel model = new(new RandomWeights(Tiny), new() { SharedThreads = threads });
        ICausalSequence sequence = model.CreateSequence(16);
        Thread disposal = new(sequence.Dispose);
        lock (threads.Pool.Turn) // as a pass does
        {
            disposal.Start();
            Assert.False(disposal.Join(TimeSpan.FromMilliseconds(100)));
        }
        disposal.Join();
        Assert.Throws<ObjectDisposedException>(() => sequence.Prefill([1]));
    }

    [Fact]
    public async Task Sequences_OnSeveralThreads_TakeTurns()
    {
        using CpuModel model = new(new RandomWeights(Tiny), new() { Threads = 2 });
        SpeculativeEngine engine = new(model, NullDrafter.Factory);
        int[][] prompts = [[1, 2, 3], [4, 5], [6], [7, 8, 9, 10]];
        int[][] alone = [.. prompts.Select(Generate)];
        Assert.Equal(alone, await Task.WhenAll(prompts.Select(prompt => Task.Run(() => Generate(prompt)))));

        int[] Generate(int[] prompt)
        {
            using SpeculativeSession session = engine.StartSession(prompt, new() { MaxNewTokens = 40 });
            return session.Generate().ToArray();
        }
    }

    [Theory]
    [InlineData(CacheFormat.F32, 2 * 64 * 4)]
    [InlineData(CacheFormat.BF16, 2 * 64 * 2)]
    [InlineData(CacheFormat.Int8, 2 * (64 + 4))]
    public void CacheBytesPerPosition_CountsKeysValuesAndScales(CacheFormat format, int headBytes)
    {
        ModelConfig config = TinyShapes.Llama with { HeadSize = 64 };
        using CpuModel model = new(new RandomWeights(config), new() { CacheFormat = format });
        Assert.Equal(format, model.CacheFormat);
        Assert.Equal((long)config.LayerCount * config.KeyValueHeadCount * headBytes, model.CacheBytesPerPosition);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void BytesPerPass_CountsTheEmbeddingOnlyWhereItIsTheHead(bool tied)
    {
        ModelConfig config = TinyShapes.Llama with { TiedEmbeddings = tied };
        using CpuModel model = new(new RandomWeights(config, ElementType.F32)),
            packed = new(new RandomWeights(config), new() { Precision = Precision.F32 });
        int attention = 2 * (config.QuerySize + config.KeyValueSize), layer = config.HiddenSize * (attention + 3 * config.IntermediateSize);
        Assert.Equal(4L * (config.LayerCount * layer + config.VocabularySize * config.HiddenSize), model.BytesPerPass);
        Assert.True(packed.BytesPerPass >= model.BytesPerPass);
    }

    /// <summary>
    /// Whatever threads a model has, and whoever else uses them, its bits are the same; those of a disposed model go on for the other.
    /// </summary>
    [Fact]
    public void SharedThreads_OfTwoModels_GiveEachItsOwnRows()
    {
        using CpuThreads threads = new(2);
        using CpuModel alone = new(new RandomWeights(RandomWeights.NamedShape("tiny")), new() { Threads = 1 });
        using CpuModel first = new(new RandomWeights(RandomWeights.NamedShape("tiny")), new() { SharedThreads = threads });
        using (CpuModel second = new(new RandomWeights(RandomWeights.NamedShape("tiny"), seed: 2), new() { SharedThreads = threads }))
        {
            Assert.Equal(Rows(alone), Rows(first));
            Assert.NotEqual(Rows(first), Rows(second));
        }
        Assert.Equal(2, first.Threads);
        Assert.Equal(Rows(alone), Rows(first));

        static float[] Rows(CpuModel model)
        {
            using ICausalSequence sequence = model.CreateSequence(16);
            float[] row = new float[model.VocabularySize];
            sequence.Prefill([1, 2, 3, 4, 5]).CopyLogits(4, row);
            return row;
        }
    }
}
