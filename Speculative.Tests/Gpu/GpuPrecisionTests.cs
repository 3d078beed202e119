using Speculative.Bench.Exporting;

namespace Speculative.Tests;

/// <summary>Models whose matrices are int8 or int4, rounded by the device or stored so.</summary>
public sealed class GpuPrecisionTests(EmulationFixture fixture) : IClassFixture<EmulationFixture>
{
    static readonly ModelConfig Shape = TinyShapes.Llama with { LayerCount = 1, TiedEmbeddings = false };

    /// <summary>The same numbers widened, through single-precision products: both sum in single precision, in other orders.</summary>
    [Theory]
    [InlineData(ElementType.Q8_0)]
    [InlineData(ElementType.Q4_0)]
    public void Rows_OfStoredBlocks_AreThoseOfTheirNumbers(ElementType type)
    {
        using CpuModel cpu = new(new ConvertedWeights(Stored(type), ElementType.F32), new() { Threads = 1 });
        using GpuModel gpu = new(fixture.Context, Stored(type));
        AssertNear(Rows(cpu), Rows(gpu), 2e-5f);
        Assert.Equal(type, gpu.StoredType);
        Assert.Equal(type.ToString(), gpu.WeightFormat);
    }

    /// <summary>The CPU engine rounds activations to 129 levels (int8) or 255 (int4), the GPU engine does not: up to a 128th or 254th of
    /// the largest of 32 inputs, in every product.</summary>
    [Theory]
    [InlineData(Precision.Int8, 0.1f)]
    [InlineData(Precision.Int4, 0.05f)]
    public void Rows_InAPrecision_AreNearThoseOfTheCpuEngineInIt(Precision precision, float tolerance)
    {
        using CpuModel cpu = new(new RandomWeights(Shape), new() { Threads = 1, Precision = precision });
        using GpuModel gpu = new(fixture.Context, new RandomWeights(Shape), new() { Precision = precision });
        AssertNear(Rows(cpu), Rows(gpu), tolerance);
        Assert.Equal(precision, gpu.Precision);
        Assert.Equal(precision.ToString(), gpu.WeightFormat);
    }

    /// <summary>A file whose blocks would move if they were rounded anew: both engines multiply by the stored numbers.</summary>
    [Theory]
    [InlineData(ElementType.Q8_0, 0.1f)]
    [InlineData(ElementType.Q4_0, 0.05f)]
    public void Rows_OfAGgufFile_AreThoseOfTheNumbersInIt(ElementType type, float roundedActivations)
    {
        using TinyGguf gguf = new();
        using (RandomWeights weights = new(Shape))
            GgufExport.Write(weights, null, "blocks", type, gguf.Path);
        using GpuModel gpu = new(fixture.Context, new MovedBlocks(gguf.Open()));
        using CpuModel numbers = new(new ConvertedWeights(new MovedBlocks(gguf.Open()), ElementType.F32), new() { Threads = 1 });
        using CpuModel blocks = new(new MovedBlocks(gguf.Open()), new() { Threads = 1 });
        float[][] rows = Rows(gpu);
        AssertNear(Rows(numbers), rows, 2e-5f);
        AssertNear(Rows(blocks), rows, roundedActivations);
    }

    /// <summary>The format's own precision leaves blocks as they are.</summary>
    [Theory]
    [InlineData(ElementType.Q8_0, Precision.Int8)]
    [InlineData(ElementType.Q4_0, Precision.Int4)]
    public void Rows_OfStoredBlocks_AreTheSameBitsInTheirPrecision(ElementType type, Precision precision)
    {
        using GpuModel asStored = new(fixture.Context, new MovedBlocks(Stored(type)));
        using GpuModel rounded = new(fixture.Context, new MovedBlocks(Stored(type)), new() { Precision = precision });
        Assert.Equal(Rows(asStored), Rows(rounded));
        Assert.Equal(asStored.Plan, rounded.Plan);
    }

    [Theory]
    [InlineData(Precision.Int8)]
    [InlineData(Precision.Int4)]
    public void Rows_InAPrecision_AreTheSameBitsAloneAndInATree(Precision precision)
    {
        using GpuModel model = new(fixture.Context, new RandomWeights(EmulationFixture.Tiny), new() { Precision = precision });
        int[] parents = RandomTrees.Parents(20, 3);
        using ICausalSequence sequence = model.CreateSequence(30), plain = model.CreateSequence(30);
        sequence.Prefill([5, 6]);
        float[][] rows = Rows(sequence.Evaluate(RandomTrees.Tree(parents)));
        plain.Prefill([5, 6, .. RandomTrees.Path(parents, 19)[..^1]]);
        DraftTree alone = new(1);
        alone.Reset(19, 1);
        Assert.Equal(Rows(plain.Evaluate(alone))[0], rows[19]);
    }

    /// <summary>What was packed ahead for the CPU engine, the head that is tied to the embedding among it.</summary>
    [Theory]
    [InlineData(Precision.Int8, Precision.Int8)]
    [InlineData(Precision.Int4, Precision.Int4)]
    [InlineData(Precision.F32, Precision.AsStored)]
    public void Rows_OfAPackedFolder_AreTheSameBitsAsOfItsSource(Precision packed, Precision asked)
    {
        using TinyFolder source = WholeFolder(), target = new(config: null);
        target.Delete("model.safetensors");
        using (ModelFolder stored = source.Open())
            PackedWeights.Write(stored, packed, target.Folder);
        using GpuModel expected = new(fixture.Context, source.Open(), new() { Precision = asked });
        using GpuModel actual = new(fixture.Context, target.Open());
        Assert.Equal(Rows(expected), Rows(actual));
        Assert.Equal(expected.Precision, actual.Precision);
        Assert.Equal(expected.WeightFormat, actual.WeightFormat);
        Assert.Equal(expected.Plan, actual.Plan);
        Assert.Contains("packed as", Assert.Throws<ModelFormatException>(() => new GpuModel(
            fixture.Context, target.Open(), new() { Precision = packed == Precision.Int8 ? Precision.Int4 : Precision.Int8 })).Message);
    }

    [Fact]
    public void CreateRandom_InAPrecision_HasTheNumbersOfRandomWeights()
    {
        GpuModelOptions options = new() { Precision = Precision.Int4 };
        using GpuModel made = GpuModel.CreateRandom(fixture.Context, EmulationFixture.Tiny, ElementType.BF16, seed: 7, options);
        using GpuModel read = new(fixture.Context, new RandomWeights(EmulationFixture.Tiny, ElementType.BF16, seed: 7), options);
        Assert.Equal(Rows(read), Rows(made));
    }

    [Fact]
    public void MemoryPlan_InInt4_IsAboutAQuarterOfThatIn16Bits()
    {
        ModelConfig llama = RandomWeights.NamedShape("llama-7b");
        long weights = GpuMemoryPlan.For(llama, ElementType.BF16, new() { Precision = Precision.Int4 }).WeightBytes;
        Assert.InRange(weights, 4.0e9, 4.3e9); // 6.6 billion parameters of 4.5 bits, the embedding in 16, work space of loading
        Assert.Throws<ArgumentOutOfRangeException>(
            () => new GpuModel(fixture.Context, new RandomWeights(EmulationFixture.Tiny), new() { Precision = Precision.BF16 }));
    }

    /// <summary>A folder with random weights whose inputs fill blocks.</summary>
    static TinyFolder WholeFolder()
    {
        const int hidden = 32, inner = 64, vocabulary = 40;
        TinyFolder tiny = new($$"""
            {"model_type":"llama","vocab_size":{{vocabulary}},"hidden_size":{{hidden}},"intermediate_size":{{inner}},"num_hidden_layers":1,
             "num_attention_heads":2,"num_key_value_heads":2,"max_position_embeddings":64,"tie_word_embeddings":true}
            """);
        const string layer = "model.layers.0.";
        (string Name, int[] Shape)[] tensors =
        [
            ("model.embed_tokens.weight", [vocabulary, hidden]), ("model.norm.weight", [hidden]),
            (layer + "input_layernorm.weight", [hidden]), (layer + "post_attention_layernorm.weight", [hidden]),
            .. "qkvo".Select(name => (layer + $"self_attn.{name}_proj.weight", (int[])[hidden, hidden])),
            (layer + "mlp.gate_proj.weight", [inner, hidden]), (layer + "mlp.up_proj.weight", [inner, hidden]),
            (layer + "mlp.down_proj.weight", [hidden, inner]),
        ];
        Random random = new(5);
        List<string> header = [];
        List<byte> data = [];
        foreach ((string name, int[] shape) in tensors)
        {
            int start = data.Count;
            for (int i = shape.Aggregate((a, b) => a * b); i > 0; i--)
                data.AddRange(BitConverter.GetBytes(random.NextSingle() - 0.5f));
            header.Add($$"""
                "{{name}}":{"dtype":"F32","shape":[{{string.Join(',', shape)}}],"data_offsets":[{{start}},{{data.Count}}]}
                """);
        }
        byte[] file = TinyFolder.Weights($"{{{string.Join(',', header)}}}", data.Count);
        data.CopyTo(file, file.Length - data.Count);
        tiny.Write("model.safetensors", file);
        return tiny;
    }

    static ConvertedWeights Stored(ElementType type) => new(new RandomWeights(Shape), type);

    static void AssertNear(float[][] expected, float[][] actual, float tolerance)
    {
        for (int row = 0; row < expected.Length; row++)
            for (int id = 0; id < expected[row].Length; id++)
                Assert.True(Math.Abs(expected[row][id] - actual[row][id]) <= tolerance * (1 + Math.Abs(expected[row][id])),
                    $"row {row}, token {id}: expected {expected[row][id]}, got {actual[row][id]}");
    }

    static float[][] Rows(ICausalModel model)
    {
        using ICausalSequence sequence = model.CreateSequence(20);
        return Rows(sequence.Prefill([.. Enumerable.Range(0, 12).Select(i => i * 5 % 31)]));
    }

    static float[][] Rows(IModelOutput output)
    {
        float[][] rows = [.. Enumerable.Range(0, output.NodeCount).Select(_ => new float[output.VocabularySize])];
        for (int node = 0; node < rows.Length; node++)
            output.CopyLogits(node, rows[node]);
        return rows;
    }
}
