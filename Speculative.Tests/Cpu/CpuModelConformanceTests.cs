using static Speculative.Tests.DraftTrees;

namespace Speculative.Tests;

public sealed class CpuModelConformanceTests : CausalModelConformanceTests
{
    protected override Type Subject => typeof(CpuModel);

    protected override ICausalModel CreateModel() => Create(TinyShapes.Llama, ElementType.BF16, 2);

    public static MatrixTheoryData<string, ElementType> Shapes() =>
        new(["Llama", "Odd", "Qwen2", "Qwen3", "Llama3", "Linear"], [ElementType.F32, ElementType.F16, ElementType.BF16]);

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Rows_AnyThreadsAndTree_SameBits(string shape, ElementType type)
    {
        ModelConfig config = TinyShapes.Named(shape);
        using CpuModel one = Create(config, type, 1), two = Create(config, type, 2), three = Create(config, type, 3);
        foreach (int nodes in new[] { 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 64, 65 })
        {
            int[] context = Tokens(one, 11, nodes);
            DraftTree tree = RandomTree(one, nodes, nodes);
            float[][] expected = TreeRows(one, context, tree);
            AssertRows(expected, TreeRows(two, context, tree));
            AssertRows(expected, TreeRows(three, context, tree));
            AssertRows([.. Enumerable.Range(0, nodes).Select(node => OneByOne(one, context, tree, node))], expected);
        }
    }

    /// <summary>The largest tree that drafters are promised: 1024 drafted nodes.</summary>
    [Fact]
    public void Rows_OfTheLargestTree_AreThoseOfTheirPathsAlone()
    {
        using CpuModel model = Create(TinyShapes.Llama with { MaxContextLength = 1100 }, ElementType.BF16, 2);
        Assert.Equal(1025, model.MaxTreeNodes);
        int[] context = Tokens(model, 11, 3);
        DraftTree tree = RandomTree(model, 1025, 9);
        float[][] rows = TreeRows(model, context, tree);
        Assert.Equal(1025, rows.Length);
        foreach (int node in new[] { 0, 1, 63, 64, 511, 512, 513, 767, 1000, 1023, 1024 })
            AssertRows([OneByOne(model, context, tree, node)], [rows[node]]);
    }

    [Theory]
    [InlineData(Precision.F32)]
    [InlineData(Precision.BF16)]
    [InlineData(Precision.Int8)]
    [InlineData(Precision.Int4)]
    public void Rows_AnyPrecision_SameBitsAloneAndInAnyTree(Precision precision)
    {
        using CpuModel one = Create(TinyShapes.Llama, precision, 1), three = Create(TinyShapes.Llama, precision, 3);
        foreach (int nodes in new[] { 1, 2, 4, 5, 8, 9, 16, 65 })
        {
            int[] context = Tokens(one, 11, nodes);
            DraftTree tree = RandomTree(one, nodes, nodes);
            float[][] expected = TreeRows(one, context, tree);
            AssertRows(expected, TreeRows(three, context, tree));
            AssertRows([.. Enumerable.Range(0, nodes).Select(node => OneByOne(one, context, tree, node))], expected);
        }
    }

    /// <summary>Contexts that end before, at and behind borders of attention's chunks, and paths that cross one.</summary>
    [Theory]
    [InlineData(CacheFormat.F32)]
    [InlineData(CacheFormat.BF16)]
    [InlineData(CacheFormat.Int8)]
    public void Rows_LongContextInAnyCacheFormat_SameBitsAsPlainPrefill(CacheFormat format)
    {
        ModelConfig config = TinyShapes.Llama with { MaxContextLength = 1024 };
        using CpuModel one = Create(config, format, 1), other = Create(config, format, 4);
        foreach ((int committed, int nodes) in new[] { (250, 33), (256, 1), (505, 64), (512, 5), (700, 64) })
        {
            int[] context = Tokens(one, committed, nodes);
            DraftTree tree = RandomTree(one, nodes, nodes);
            float[][] expected = TreeRows(one, context, tree);
            AssertRows(expected, TreeRows(other, context, tree));
            foreach (int node in new[] { 0, nodes / 2, nodes - 1 })
                AssertRows([expected[node]], PrefillRows(other, [.. context, .. Path(tree, node)])[^1..]);
        }
    }

    [Theory]
    [InlineData(CacheFormat.BF16, 0.05)]
    [InlineData(CacheFormat.Int8, 0.1)]
    public void Rows_AnyCacheFormat_NearThoseOfSinglePrecision(CacheFormat format, double tolerance)
    {
        using CpuModel single = Create(TinyShapes.Llama, CacheFormat.F32, 2), model = Create(TinyShapes.Llama, format, 2);
        int[] tokens = Tokens(model, 80, 4);
        float[][] expected = PrefillRows(single, tokens), actual = PrefillRows(model, tokens);
        Assert.NotEqual(expected, actual);
        for (int row = 0; row < tokens.Length; row++)
            for (int id = 0; id < model.VocabularySize; id++)
                Assert.InRange(actual[row][id], expected[row][id] - tolerance, expected[row][id] + tolerance);
    }

    [Theory]
    [InlineData(Precision.F32, 2e-5)]
    [InlineData(Precision.BF16, 2e-5)]
    [InlineData(Precision.Int8, 0.25)]
    [InlineData(Precision.Int4, 1)]
    public void Rows_AnyPrecision_NearThoseOfTheStoredWeights(Precision precision, double tolerance)
    {
        using CpuModel stored = Create(TinyShapes.Llama, Precision.AsStored, 2), model = Create(TinyShapes.Llama, precision, 2);
        int[] tokens = Tokens(model, 20, 4);
        float[][] expected = PrefillRows(stored, tokens), actual = PrefillRows(model, tokens);
        for (int row = 0; row < tokens.Length; row++)
            for (int id = 0; id < model.VocabularySize; id++)
                Assert.InRange(actual[row][id], expected[row][id] - tolerance, expected[row][id] + tolerance);
    }

    [Theory]
    [InlineData(ElementType.F32, Precision.F32)]
    [InlineData(ElementType.F16, Precision.F32)]
    [InlineData(ElementType.BF16, Precision.BF16)]
    public void Rows_OfStoredPanels_AreThoseOfThePrecisionThatKeepsTheNumbers(ElementType type, Precision precision)
    {
        IWeightSource Stored() => new RandomWeights(RandomWeights.NamedShape("tiny"), type);
        using CpuModel panels = new(Stored(), new() { Precision = Precision.StoredPanels }),
            model = new(Stored(), new() { Precision = precision });
        int[] tokens = Tokens(panels, 20, 4);
        AssertRows(PrefillRows(model, tokens), PrefillRows(panels, tokens));
        Assert.Equal(type.ToString(), panels.WeightFormat);
    }

    [Theory]
    [InlineData(ElementType.Q8_0, Precision.Int8)]
    [InlineData(ElementType.Q4_0, Precision.Int4)]
    public void Rows_OfStoredBlocks_AreThoseOfTheirNumbersInPanels(ElementType type, Precision precision)
    {
        IWeightSource Blocks() => new ConvertedWeights(new RandomWeights(RandomWeights.NamedShape("tiny"), ElementType.F32), type);
        using CpuModel stored = new(Blocks()),
            packed = new(new ConvertedWeights(Blocks(), ElementType.F32), new() { Precision = precision });
        int[] tokens = Tokens(stored, 20, 4);
        AssertRows(PrefillRows(stored, tokens), PrefillRows(packed, tokens));
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Rows_EqualDoublePrecisionOracle(string shape, ElementType type)
    {
        ModelConfig config = TinyShapes.Named(shape);
        using CpuModel model = Create(config, type, 2);
        using RandomWeights weights = new(config, type);
        int[] tokens = Tokens(model, 70, 8);
        float[][] rows = PrefillRows(model, tokens);
        double[][] expected = new DoubleDecoder(weights).Logits(tokens);
        for (int row = 0; row < tokens.Length; row++)
            for (int id = 0; id < config.VocabularySize; id++)
                Assert.True(Math.Abs(rows[row][id] - expected[row][id]) < 2e-5 * (1 + Math.Abs(expected[row][id])),
                    $"row {row}, token {id}: expected {expected[row][id]}, got {rows[row][id]}");
    }

    static CpuModel Create(ModelConfig config, ElementType type, int threads) =>
        new(new RandomWeights(config, type), new() { Threads = threads });

    static CpuModel Create(ModelConfig config, Precision precision, int threads) =>
        new(new RandomWeights(config), new() { Threads = threads, Precision = precision });

    static CpuModel Create(ModelConfig config, CacheFormat format, int threads) =>
        new(new RandomWeights(config, ElementType.F32), new() { Threads = threads, CacheFormat = format });

    static float[][] TreeRows(CpuModel model, int[] context, DraftTree tree)
    {
        using ICausalSequence sequence = model.CreateSequence(context.Length + tree.Count);
        sequence.Prefill(context);
        return Rows(sequence.Evaluate(tree));
    }

    /// <summary>Plain decoding along the path to a node.</summary>
    static float[] OneByOne(CpuModel model, int[] context, DraftTree tree, int node)
    {
        List<int> tokens = [.. context, .. Path(tree, node)];
        using ICausalSequence sequence = model.CreateSequence(tokens.Count);
        float[] row = new float[model.VocabularySize];
        for (int i = 0; i < tokens.Count; i++)
        {
            IModelOutput output = sequence.Evaluate(Chain([tokens[i]]));
            if (i == tokens.Count - 1)
                output.CopyLogits(0, row);
            sequence.Commit([0]);
        }
        return row;
    }

    /// <summary>The tokens from the root to a node.</summary>
    static List<int> Path(DraftTree tree, int node)
    {
        List<int> path = [];
        for (; node >= 0; node = tree.Parents[node])
            path.Insert(0, tree.TokenIds[node]);
        return path;
    }
}
