using Speculative.Drafters;

namespace Speculative.Tests;

public sealed class GpuModelTests(EmulationFixture fixture) : IClassFixture<EmulationFixture>
{
    public static MatrixTheoryData<string, ElementType> Shapes() =>
        new(["Llama", "Odd", "Qwen2", "Qwen3", "Llama3", "Linear"], [ElementType.F32, ElementType.F16, ElementType.BF16]);

    public static TheoryData<string> Families => IndependentReferenceTests.Names;

    /// <summary>Both engines compute in single precision from the same numbers; their sums run in other orders.</summary>
    [Theory]
    [MemberData(nameof(Shapes))]
    public void Rows_OfEveryShape_AreThoseOfTheCpuEngine(string shape, ElementType type)
    {
        ModelConfig config = TinyShapes.Named(shape);
        using CpuModel cpu = new(new RandomWeights(config, type), new() { Threads = 1 });
        using GpuModel gpu = new(fixture.Context, new RandomWeights(config, type));
        DraftTree tree = Tree(config.VocabularySize);
        float[][] expected = Rows(cpu, tree), actual = Rows(gpu, tree);
        for (int node = 0; node < tree.Count; node++)
            for (int id = 0; id < config.VocabularySize; id++)
                Assert.True(Math.Abs(expected[node][id] - actual[node][id]) < 2e-5 * (1 + Math.Abs(expected[node][id])),
                    $"node {node}, token {id}: the CPU engine says {expected[node][id]}, got {actual[node][id]}");
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Prefill_OfAModelFolder_GivesTheReferenceLogits(string name)
    {
        ReferenceFixture reference = new(name);
        using GpuModel model = new(fixture.Context, ModelFolder.Open(reference.Folder));
        using ICausalSequence sequence = model.CreateSequence(model.MaxContextLength);
        IModelOutput output = sequence.Prefill(reference.Tokens);
        float[] row = new float[reference.VocabularySize];
        for (int i = 0; i < reference.Tokens.Length; i++)
        {
            output.CopyLogits(i, row);
            float difference = reference.AfterToken(i).ToArray().Zip(row, (expected, actual) => Math.Abs(expected - actual)).Max();
            Assert.True(difference <= reference.Tolerance, $"Row {i} is off by {difference:e2}; {reference.Tolerance:e2} is allowed.");
        }
    }

    [Theory]
    [InlineData("prompt-lookup")]
    [InlineData("token-recycling")]
    [InlineData("eagle2-tree")]
    public void Generate_WithAnyDrafter_EqualsPlainDecoding(string drafter)
    {
        using GpuModel target = new(fixture.Context, new RandomWeights(EmulationFixture.Tiny));
        using GpuModel draft = new(fixture.Context, new RandomWeights(EmulationFixture.Tiny with { LayerCount = 1 }));
        DrafterSettings settings = new() { VocabularySize = target.VocabularySize, NodeBudget = 8, DraftModel = draft };
        int[] plain = Generate(target, NullDrafter.Factory);
        Assert.Equal(plain, Generate(target, DrafterCatalog.CreateFactory(drafter, settings)));
        Assert.Equal(24, plain.Length);
    }

    [Fact]
    public void CreateRandom_HasTheNumbersOfRandomWeights()
    {
        using GpuModel made = GpuModel.CreateRandom(fixture.Context, EmulationFixture.Tiny, ElementType.BF16, seed: 7);
        using GpuModel read = new(fixture.Context, new RandomWeights(EmulationFixture.Tiny, ElementType.BF16, seed: 7));
        DraftTree tree = Tree(EmulationFixture.Tiny.VocabularySize);
        Assert.Equal(Rows(read, tree), Rows(made, tree));
        Assert.Throws<ArgumentOutOfRangeException>(
            () => GpuModel.CreateRandom(fixture.Context, EmulationFixture.Tiny, ElementType.F16));
    }

    [Fact]
    public void TopK_OfMoreTokensThanTheDeviceRanks_IsStillARanking()
    {
        ModelConfig config = EmulationFixture.Tiny with { VocabularySize = 90 };
        using GpuModel model = new(fixture.Context, new RandomWeights(config));
        using ICausalSequence sequence = model.CreateSequence(4);
        IModelOutput output = sequence.Prefill([1, 2]);
        float[] row = new float[90];
        int[] all = new int[90], few = new int[5];
        output.CopyLogits(1, row);
        output.TopK(1, few);
        output.TopK(1, all);
        Assert.Equal(Enumerable.Range(0, 90).OrderByDescending(id => row[id]).ThenBy(id => id), all);
        Assert.Equal(all[..5], few);
    }

    /// <summary>A pass of plain decoding costs no ranking of many tokens because one before it did.</summary>
    [Fact]
    public void Ranking_HasAsManyTokensAsTheLastPassWasAskedFor()
    {
        using GpuModel model = new(fixture.Context, new RandomWeights(EmulationFixture.Tiny));
        using ICausalSequence sequence = model.CreateSequence(20);
        Assert.Equal([1, 8, 8, 1, 3, 3, 1], ((int[])[1, 8, 1, 1, 3, 1, 1]).Select(Places));

        int Places(int asked)
        {
            GpuOutput output = (GpuOutput)sequence.Prefill([1, 2]);
            float[] row = new float[output.VocabularySize];
            for (int node = 0; node < 2; node++)
            {
                int[] ranking = new int[asked];
                int best = output.ArgMax(node);
                output.TopK(node, ranking);
                output.CopyLogits(node, row);
                Assert.Equal(Enumerable.Range(0, row.Length).OrderByDescending(id => row[id]).ThenBy(id => id).Take(asked), ranking);
                Assert.Equal(ranking[0], best);
            }
            return output.Places;
        }
    }

    [Fact]
    public void Output_OfBrokenWeights_Throws()
    {
        using BrokenWeights weights = new(EmulationFixture.Tiny);
        using GpuModel model = new(fixture.Context, weights);
        using ICausalSequence sequence = model.CreateSequence(4);
        IModelOutput output = sequence.Prefill([1, 2]);
        Assert.Equal(1, Assert.Throws<NonFiniteLogitsException>(() => output.ArgMax(1)).Node);
        Assert.Throws<NonFiniteLogitsException>(() => output.TopK(0, new int[3]));
    }

    [Fact]
    public void Use_AfterTheModelIsDisposed_ThrowsInsteadOfReadingFreedMemory()
    {
        GpuModel model = new(fixture.Context, new RandomWeights(EmulationFixture.Tiny));
        using ICausalSequence sequence = model.CreateSequence(16);
        IModelOutput output = sequence.Prefill([1, 2]);
        model.Dispose();
        model.Dispose();
        Assert.Throws<ObjectDisposedException>(() => output.ArgMax(0));
        Assert.Throws<ObjectDisposedException>(() => sequence.Prefill([1]));
        Assert.Throws<ObjectDisposedException>(() => model.CreateSequence(1));
    }

    [Fact]
    public void Memory_OfModelsAndSequences_IsGivenBack()
    {
        using GpuContext context = GpuContext.Open(GpuDevice.EmulationName);
        long free = context.FreeMemoryBytes;
        using (GpuModel model = new(context, new RandomWeights(EmulationFixture.Tiny)))
        using (ICausalSequence sequence = model.CreateSequence(256))
        {
            sequence.Prefill([1, 2, 3]).ArgMax(0);
            Assert.True(context.FreeMemoryBytes < free);
        }
        Assert.Equal(free, context.FreeMemoryBytes);
    }

    [Fact]
    public void Options_ThatAreImpossible_Throw()
    {
        Refuse<ArgumentOutOfRangeException>(EmulationFixture.Tiny, new() { CacheFormat = ElementType.Q8_0 });
        Refuse<ArgumentOutOfRangeException>(EmulationFixture.Tiny, new() { PlannedContextLength = 0 });
        Refuse<ArgumentOutOfRangeException>(EmulationFixture.Tiny, new() { MaxTreeDepth = -1 });
        Refuse<ArgumentOutOfRangeException>(EmulationFixture.Tiny, new() { MaxTreeNodes = 0 });
        Refuse<ArgumentOutOfRangeException>(EmulationFixture.Tiny, new() { MaxTreeNodes = GpuModelOptions.LargestTree + 1 });
        Refuse<ModelFormatException>(EmulationFixture.Tiny with { HeadSize = 258 }, new());
        Refuse<ModelFormatException>(EmulationFixture.Tiny with { LayerCount = 0 }, new());

        void Refuse<T>(ModelConfig config, GpuModelOptions options) where T : Exception =>
            Assert.Throws<T>(() => new GpuModel(fixture.Context, new RandomWeights(config), options));
    }

    [Fact]
    public void Tree_DeeperThanTheModelAllows_IsRefusedUnlessItIsAChain()
    {
        using GpuModel model = new(fixture.Context, new RandomWeights(EmulationFixture.Tiny), new() { MaxTreeDepth = 1 });
        using ICausalSequence sequence = model.CreateSequence(8);
        DraftTree tree = new(4);
        tree.Reset(1, 4);
        tree.Add(0, 2);
        tree.Add(1, 3);
        float[][] chain = Rows(sequence, tree);
        tree.Add(0, 4);
        Assert.Contains("at most 1 deep, or a chain, got a tree 2 deep",
            Assert.Throws<ArgumentException>(() => sequence.Evaluate(tree)).Message, StringComparison.Ordinal);
        sequence.Rollback();
        using GpuModel deeper = new(fixture.Context, new RandomWeights(EmulationFixture.Tiny));
        using ICausalSequence grown = deeper.CreateSequence(8);
        Assert.Equal(chain[2], Rows(grown, tree)[2]);
    }

    /// <summary>A chain has no tables of its own: they are made when it first branches.</summary>
    [Fact]
    public void Tree_ThatWasAChainFirst_EqualsTheWholeTree()
    {
        using GpuModel model = new(fixture.Context, new RandomWeights(EmulationFixture.Tiny));
        using ICausalSequence grown = model.CreateSequence(30), whole = model.CreateSequence(30);
        DraftTree tree = new(6);
        tree.Reset(1, 6);
        tree.Add(0, 2);
        tree.Add(1, 3);
        grown.Evaluate(tree);
        tree.Add(1, 4);
        tree.Add(3, 5);
        grown.Evaluate(tree);
        tree.Add(2, 6);
        Assert.Equal(Rows(whole, tree), Rows(grown, tree));
    }

    [Fact]
    public void Sequence_ThatGrows_KeepsItsCache()
    {
        using GpuModel model = new(fixture.Context, new RandomWeights(EmulationFixture.Tiny with { MaxContextLength = 1024 }));
        using ICausalSequence grown = model.CreateSequence(600), whole = model.CreateSequence(600);
        int[] text = [.. Enumerable.Range(0, 300).Select(i => i * 7 % 33)];
        whole.Prefill(text);
        grown.Prefill(text.AsSpan(0, 200));
        grown.Prefill(text.AsSpan(200));
        Assert.Equal(Rows(whole, Tree(33)), Rows(grown, Tree(33)));
    }

    static int[] Generate(GpuModel model, DrafterFactory drafter)
    {
        using SpeculativeSession session = new SpeculativeEngine(model, drafter).StartSession([1, 2, 3, 1, 2], new() { MaxNewTokens = 24 });
        return session.Generate().ToArray();
    }

    static DraftTree Tree(int vocabulary)
    {
        DraftTree tree = new(18);
        tree.Reset(3, 18);
        for (int i = 1; tree.Room > 0; i++)
            tree.Add((i - 1) / 2, i * 5 % vocabulary);
        return tree;
    }

    static float[][] Rows(ICausalModel model, DraftTree tree)
    {
        using ICausalSequence sequence = model.CreateSequence(60);
        sequence.Prefill([.. Enumerable.Range(0, 35).Select(i => i * 3 % model.VocabularySize)]);
        return Rows(sequence, tree);
    }

    static float[][] Rows(ICausalSequence sequence, DraftTree tree)
    {
        IModelOutput output = sequence.Evaluate(tree);
        float[][] rows = [.. Enumerable.Range(0, output.NodeCount).Select(_ => new float[output.VocabularySize])];
        for (int node = 0; node < rows.Length; node++)
            output.CopyLogits(node, rows[node]);
        return rows;
    }
}
