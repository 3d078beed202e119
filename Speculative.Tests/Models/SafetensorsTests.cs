namespace Speculative.Tests;

public sealed class SafetensorsTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public unsafe void GetWeight_AnyAlignment_GivesAlignedElements(int padding)
    {
        using TinyFolder tiny = new(weights: TinyFolder.Weights(TinyFolder.Header + new string(' ', padding)));
        using ModelFolder folder = tiny.Open();
        Weight weight = folder.GetWeight("a", 2, 3);
        Assert.Equal((ElementType.F32, 2, 3, 24L), (weight.Type, weight.Rows, weight.Columns, weight.ByteLength));
        Assert.Equal(0, weight.Data % 4);
        Assert.Equal([0f, 1, 2, 3, 4, 5], new ReadOnlySpan<float>((void*)weight.Data, 6).ToArray());
        Assert.Equal(ElementType.BF16, folder.GetWeight("b", 1, 4).Type);
        Assert.Equal(weight, folder.GetWeight("a", 2, 3));
    }

    [Theory]
    [InlineData("a", 3, 2, "[3, 2]", "[2, 3]")]
    [InlineData("a", 1, 6, "[1, 6]", "[2, 3]")]
    [InlineData("b", 4, 1, "[4, 1]", "[4]")]
    [InlineData("c", 1, 1, "[1, 1]", "none")]
    public void GetWeight_OtherShape_NamesExpectedAndFound(string name, int rows, int columns, string expected, string found)
    {
        using TinyFolder tiny = new();
        using ModelFolder folder = tiny.Open();
        string message = Assert.Throws<ModelFormatException>(() => folder.GetWeight(name, rows, columns)).Message;
        Assert.Contains($" {name}: ", message);
        Assert.Contains(expected, message);
        Assert.Contains(found, message);
    }

    [Fact]
    public void GetWeight_UnusableType_Throws()
    {
        using TinyFolder tiny = new(weights: TinyFolder.Weights("""{"a":{"dtype":"I64","shape":[4],"data_offsets":[0,32]}}"""));
        using ModelFolder folder = tiny.Open();
        Assert.Contains("I64", Assert.Throws<ModelFormatException>(() => folder.GetWeight("a", 1, 4)).Message);
    }

    [Fact]
    public void GetWeight_AfterDispose_Throws()
    {
        using TinyFolder tiny = new();
        ModelFolder folder = tiny.Open();
        folder.Dispose();
        folder.Dispose();
        Assert.Throws<ObjectDisposedException>(() => folder.GetWeight("a", 2, 3));
    }

    [Theory]
    [InlineData("not json", "JSON")]
    [InlineData("""[1,2]""", "an object")]
    [InlineData("""{"a":7}""", "header[a]")]
    [InlineData("""{"a":{"shape":[8],"data_offsets":[0,32]}}""", "header[a].dtype")]
    [InlineData("""{"a":{"dtype":"F31","shape":[8],"data_offsets":[0,32]}}""", "F31")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-8],"data_offsets":[0,32]}}""", "header[a].shape[0]")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,32]}}""", "header[a].shape")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,32]}}""", "header[a].shape")]
    [InlineData("""{"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,32]}}""", "header[a].shape[0]")]
    [InlineData("""{"a":{"dtype":"F32","shape":[7],"data_offsets":[0,32]}}""", "header[a].shape")]
    [InlineData("""{"a":{"dtype":"F32","shape":[8],"data_offsets":[32,0]}}""", "header[a].data_offsets")]
    [InlineData("""{"a":{"dtype":"F32","shape":[8],"data_offsets":[4,36]}}""", "truncated")]
    [InlineData("""{"a":{"dtype":"F32","shape":[8],"data_offsets":[0]}}""", "header[a].data_offsets")]
    [InlineData("""{"a":{"dtype":"F32","shape":[8],"data_offsets":[0,32]},"b":{"dtype":"F32","shape":[2],"data_offsets":[24,32]}}""",
        "an overlap")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[4],"data_offsets":[16,32]}}""",
        "a gap")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "to end")]
    [InlineData("""{"a":{"dtype":"F32","shape":[8],"data_offsets":[0,32]},"a":{"dtype":"F32","shape":[8],"data_offsets":[0,32]}}""",
        "JSON")]
    [InlineData("""{"a\ud800":{"dtype":"F32","shape":[8],"data_offsets":[0,32]}}""", "JSON")]
    public void Open_HostileHeader_NamesTheFault(string header, string named)
    {
        using TinyFolder tiny = new(weights: TinyFolder.Weights(header));
        string message = Assert.Throws<ModelFormatException>(tiny.Open).Message;
        Assert.Contains("model.safetensors", message);
        Assert.Contains(named, message);
    }

    [Theory]
    [InlineData(ulong.MaxValue)]
    [InlineData((ulong)long.MaxValue)]
    [InlineData(100_000_001ul)]
    [InlineData(1_000ul)]
    public void Open_HeaderLengthBeyondTheFile_Throws(ulong length)
    {
        using TinyFolder tiny = new(weights: TinyFolder.Weights(headerLength: length));
        Assert.Contains($"found {length}", Assert.Throws<ModelFormatException>(tiny.Open).Message);
    }

    [Fact]
    public void Open_AnyTruncation_Throws()
    {
        byte[] whole = TinyFolder.Weights();
        using TinyFolder tiny = new();
        for (int length = 0; length < whole.Length; length++)
        {
            tiny.Write("model.safetensors", whole[..length]);
            Assert.Throws<ModelFormatException>(tiny.Open);
        }
    }

    [Fact]
    public void Open_Biases_ThatNoEngineHas_AreRefused()
    {
        using TinyFolder tiny = new(weights: TinyFolder.Weights(
            """{"model.layers.0.self_attn.o_proj.bias":{"dtype":"F32","shape":[8],"data_offsets":[0,32]}}"""));
        Assert.Contains("o_proj.bias", Assert.Throws<ModelFormatException>(tiny.Open).Message);
    }

    [Fact]
    public void Open_Missing_SaysWhat()
    {
        using TinyFolder tiny = new();
        Assert.Contains("nowhere",
            Assert.Throws<ModelFormatException>(() => ModelFolder.Open(Path.Combine(tiny.Folder, "nowhere"))).Message);
        tiny.Delete("model.safetensors");
        Assert.Contains("model.safetensors", Assert.Throws<ModelFormatException>(tiny.Open).Message);
        tiny.Delete("config.json");
        Assert.Contains("config.json", Assert.Throws<ModelFormatException>(tiny.Open).Message);
        Assert.Throws<ArgumentException>(() => ModelFolder.Open(""));
    }
}
