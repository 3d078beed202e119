namespace Speculative.Tests;

/// <summary>Models exported to GGUF say what their folders say.</summary>
public sealed unsafe class GgufModelTests
{
    public static MatrixTheoryData<string, ElementType> Families =>
        new(["llama", "llama3", "mistral", "qwen2", "qwen3"], [ElementType.F32, ElementType.F16, ElementType.BF16]);

    [Theory]
    [MemberData(nameof(Families))]
    public void Logits_EveryFamily_EqualTheFolders(string family, ElementType type)
    {
        ReferenceFixture fixture = new(family);
        using TinyGguf gguf = TinyGguf.Export(fixture.Folder, type);
        float[] expected = Logits(new ConvertedWeights(ModelFolder.Open(fixture.Folder), type), fixture.Tokens);
        float[] actual = Logits(gguf.Open(), fixture.Tokens);
        for (int i = 0; i < expected.Length; i++)
            // The file holds Llama 3's divisors as singles: only there may a last bit differ.
            Assert.Equal(expected[i], actual[i], family == "llama3" ? fixture.Tolerance : 0);
    }

    [Theory]
    [InlineData(ElementType.F32)]
    [InlineData(ElementType.BF16)]
    [InlineData(ElementType.F16)]
    public void Logits_EmbeddedModel_EqualTheFolders(ElementType type)
    {
        using TinyGguf gguf = TinyGguf.Export(RepositoryFolder.EmbeddedModel, type);
        int[] tokens = [1, 4, .. Enumerable.Range(0, 30).Select(i => 6 + i * 97 % 4000)];
        IWeightSource folder = ModelFolder.Open(RepositoryFolder.EmbeddedModel);
        float[] expected = Logits(type == ElementType.BF16 ? folder : new ConvertedWeights(folder, type), tokens);
        Assert.Equal(expected, Logits(gguf.Open(), tokens));
    }

    [Theory]
    [InlineData(ElementType.Q8_0, 254)]
    [InlineData(ElementType.Q4_0, 16)]
    public void Weights_Quantized_AreWithinHalfAStep(ElementType type, int steps)
    {
        using TinyGguf gguf = TinyGguf.Export(RepositoryFolder.EmbeddedModel, type);
        using GgufFile file = gguf.Open();
        using ModelFolder folder = ModelFolder.Open(RepositoryFolder.EmbeddedModel);
        float[] expected = new float[192], actual = new float[192];
        foreach ((string name, int rows) in new[] { ("self_attn.q_proj", 192), ("self_attn.k_proj", 64), ("mlp.up_proj", 512) })
            for (int row = 0; row < rows; row++)
            {
                fixed (float* to = expected)
                    WeightRows.Widen(folder.GetWeight($"model.layers.3.{name}.weight", rows, 192), row, to);
                fixed (float* to = actual)
                    WeightRows.Widen(file.GetWeight($"model.layers.3.{name}.weight", rows, 192), row, to);
                foreach ((int first, float[] block) in expected.Chunk(32).Select((block, i) => (32 * i, block)))
                {
                    float largest = block.Max(Math.Abs);
                    // Half a step, a whole one at the end that Q4_0 cuts off, and the rounding of the scale to a half.
                    float allowed = largest * ((type == ElementType.Q4_0 ? 2f : 1f) / steps + 1f / 1024);
                    for (int i = 0; i < 32; i++)
                        Assert.InRange(actual[first + i] - block[i], -allowed, allowed);
                }
            }
    }

    [Fact]
    public void Config_EveryFamily_EqualsTheFolders()
    {
        foreach (string family in (string[])["llama", "llama3", "mistral", "qwen2", "qwen3"])
        {
            string path = new ReferenceFixture(family).Folder;
            using TinyGguf gguf = TinyGguf.Export(path, ElementType.F32);
            using GgufFile file = gguf.Open();
            using ModelFolder folder = ModelFolder.Open(path);
            ModelConfig Plain(ModelConfig config) => config with
            {
                ModelType = config.ModelType == "mistral" ? "llama" : config.ModelType,
                RopeScaling = null,
                RopeDivisors = null,
                BeginTokenId = null,
                EndTokenIds = [],
            };
            Assert.Equal(Plain(folder.Config), Plain(file.Config));
            Assert.Equal(family == "llama3" ? folder.Config.HeadSize / 2 : null, file.Config.RopeDivisors?.Count);
        }
    }

    [Fact]
    public void GetWeight_QueriesOfLlama_UndoesTheConvertersOrder()
    {
        using TinyGguf gguf = new(TinyGguf.Bytes(writer =>
        {
            TinyGguf.AddRows(writer, "blk.0.attn_q.weight", 16, 1);
            TinyGguf.AddRows(writer, "blk.0.attn_k.weight", 8, 1);
            TinyGguf.AddRows(writer, "blk.0.attn_v.weight", 8, 1);
            TinyGguf.AddRows(writer, "blk.0.attn_k.bias", null, 8);
        }));
        using GgufFile file = gguf.Open();
        float[] Rows(string name, int rows, int columns) =>
            new ReadOnlySpan<float>((void*)file.GetWeight($"model.layers.0.self_attn.{name}", rows, columns).Data,
                rows * columns).ToArray();
        Assert.Equal([0, 2, 4, 6, 1, 3, 5, 7, 8, 10, 12, 14, 9, 11, 13, 15], Rows("q_proj.weight", 16, 1));
        Assert.Equal([0, 2, 4, 6, 1, 3, 5, 7], Rows("k_proj.weight", 8, 1));
        Assert.Equal([0, 2, 4, 6, 1, 3, 5, 7], Rows("k_proj.bias", 1, 8));
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7], Rows("v_proj.weight", 8, 1));
    }

    static float[] Logits(IWeightSource weights, int[] tokens)
    {
        using CpuModel model = new(weights, new() { Threads = 1 });
        using ICausalSequence sequence = model.CreateSequence(model.MaxContextLength);
        IModelOutput output = sequence.Prefill(tokens);
        float[] logits = new float[tokens.Length * model.VocabularySize];
        for (int i = 0; i < tokens.Length; i++)
            output.CopyLogits(i, logits.AsSpan(i * model.VocabularySize, model.VocabularySize));
        return logits;
    }
}
