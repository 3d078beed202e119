using System.Text.RegularExpressions;
using CsCheck;

namespace Speculative.Tests;

public sealed class ModelFolderTests
{
    const string Config = """
        {"model_type":"llama","vocab_size":8,"hidden_size":4,"intermediate_size":8,"num_hidden_layers":1,"num_attention_heads":2,
        "num_key_value_heads":1,"max_position_embeddings":16,"eos_token_id":2}
        """;

    static readonly string Header = "{" + SafetensorsBuilder.Entry("a", "F32", "[2,3]", 0, 24) + "," + SafetensorsBuilder.Entry("b", "BF16", "[4]", 24, 32)
        + "," + SafetensorsBuilder.Entry("c", "I64", "[1]", 32, 40) + ",\"__metadata__\":{\"format\":\"pt\"}}";

    [Fact]
    public unsafe void Open_SingleFile_MapsTensorsWhereTheyLie()
    {
        using TemporaryFolder folder = Folder(Config, SafetensorsBuilder.File(Header, 40));
        using ModelFolder model = ModelFolder.Open(folder.FullPath);
        Weight a = model.GetWeight("a", 2, 3), b = model.GetWeight("b", 1, 4);
        Assert.Equal((ElementType.F32, 24L, ElementType.BF16, 8L), (a.Type, a.ByteLength, b.Type, b.ByteLength));
        Assert.Equal((0, 24), (*(byte*)a.Data, *(byte*)b.Data));
    }

    [Fact]
    public unsafe void Open_Sharded_FindsTensorsInTheirShards()
    {
        using TemporaryFolder folder = new();
        folder.Write("config.json", Config);
        folder.Write("x-1.safetensors", SafetensorsBuilder.File("{" + SafetensorsBuilder.Entry("a", "F32", "[2]", 0, 8) + "}", 8));
        folder.Write("x-2.safetensors", SafetensorsBuilder.File("{" + SafetensorsBuilder.Entry("b", "F16", "[2]", 2, 6) + "}", 8));
        folder.Write("model.safetensors.index.json", """{"weight_map":{"a":"x-1.safetensors","b":"x-2.safetensors"}}""");
        using ModelFolder model = ModelFolder.Open(folder.FullPath);
        Assert.Equal((0, 2), (*(byte*)model.GetWeight("a", 1, 2).Data, *(byte*)model.GetWeight("b", 1, 2).Data));
    }

    [Theory]
    [InlineData("../x.safetensors", "leaves the folder")]
    [InlineData("/etc/passwd", "leaves the folder")]
    [InlineData("sub/x.safetensors", "leaves the folder")]
    [InlineData("..", "leaves the folder")]
    [InlineData("", "leaves the folder")]
    [InlineData("\\u0000", "leaves the folder")]
    [InlineData("\\ud800", "not valid JSON")]
    [InlineData("absent.safetensors", "is missing")]
    public void Open_IndexThatNamesABadShard_Throws(string shard, string says)
    {
        using TemporaryFolder folder = new();
        folder.Write("config.json", Config);
        folder.Write("model.safetensors.index.json", "{\"weight_map\":{\"a\":\"" + shard + "\"}}");
        Assert.Contains(says, Assert.Throws<ModelFormatException>(() => ModelFolder.Open(folder.FullPath)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_ShardThatLinksOutOfTheFolder_Throws()
    {
        using TemporaryFolder folder = new(), outside = new();
        folder.Write("config.json", Config);
        File.CreateSymbolicLink(Path.Combine(folder.FullPath, "x.safetensors"), outside.Write("x.safetensors", SafetensorsBuilder.File(Header, 40)));
        folder.Write("model.safetensors.index.json", """{"weight_map":{"a":"x.safetensors"}}""");
        Assert.Contains("leaves the folder", Assert.Throws<ModelFormatException>(() => ModelFolder.Open(folder.FullPath)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_NothingThere_SaysWhatIsMissing()
    {
        using TemporaryFolder folder = new();
        Assert.Contains("does not exist", Message(Path.Combine(folder.FullPath, "no")), StringComparison.Ordinal);
        Assert.Contains("config.json is missing", Message(folder.FullPath), StringComparison.Ordinal);
        folder.Write("config.json", Config);
        Assert.Contains("holds no weights", Message(folder.FullPath), StringComparison.Ordinal);
    }

    public static TheoryData<string, byte[]> HostileFiles => new()
    {
        { "at least 8 bytes", [1, 2, 3] },
        { "header length", SafetensorsBuilder.File(Header, 40, headerLength: 100_000) },
        { "header length", SafetensorsBuilder.File(Header, 40, headerLength: ulong.MaxValue) },
        { "not a safetensors header", SafetensorsBuilder.File("[1]", 0) },
        { "not a safetensors header", SafetensorsBuilder.File("{\"a\":", 0) },
        { "not a safetensors header", SafetensorsBuilder.File("{\"a\":{\"dtype\":\"F32\"}}", 0) },
        { "not a safetensors header", SafetensorsBuilder.File("{\"a\":{\"dtype\":\"F32\",\"shape\":[1.5],\"data_offsets\":[0,4]}}", 4) },
        { "unknown dtype 'F31'", One("F31", "[2]", 0, 8, 8) },
        { "impossible shape", One("F32", "[-2]", 0, 8, 8) },
        { "impossible shape", One("F32", "[4294967296,4294967296]", 0, 8, 8) },
        { "data_offsets", One("F32", "[2]", 0, 8, 4) },
        { "data_offsets", One("F32", "[2]", -8, 0, 8) },
        { "data_offsets", One("F32", "[2]", 8, 0, 8) },
        { "expected 8 bytes", One("F32", "[2]", 0, 4, 8) },
        { "overlap", SafetensorsBuilder.File("{" + SafetensorsBuilder.Entry("a", "F32", "[2]", 0, 8) + "," + SafetensorsBuilder.Entry("b", "F32", "[2]", 4, 12) + "}", 12) },
        { "listed twice", SafetensorsBuilder.File("{" + SafetensorsBuilder.Entry("a", "F32", "[1]", 0, 4) + "," + SafetensorsBuilder.Entry("a", "F32", "[1]", 4, 8) + "}", 8) },
    };

    [Theory]
    [MemberData(nameof(HostileFiles))]
    public void Open_HostileWeights_GivesOneSentence(string says, byte[] weights)
    {
        using TemporaryFolder folder = Folder(Config, weights);
        Assert.Contains(says, Message(folder.FullPath), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a", 3, 2, "asks for a shape of [3, 2], found [2, 3]")]
    [InlineData("b", 1, 5, "asks for a shape of [5], found [4]")]
    [InlineData("c", 1, 1, "expected F32, F16 or BF16, found I64")]
    [InlineData("d", 1, 1, "'d' is missing")]
    public void GetWeight_ThatDisagreesWithTheConfig_Throws(string name, int rows, int columns, string says)
    {
        using TemporaryFolder folder = Folder(Config, SafetensorsBuilder.File(Header, 40));
        using ModelFolder model = ModelFolder.Open(folder.FullPath);
        Assert.Contains(says, Assert.Throws<ModelFormatException>(() => model.GetWeight(name, rows, columns)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"llama\"", "\"gpt2\"", "unknown architecture 'gpt2'")]
    [InlineData("\"vocab_size\":8", "\"vocab_size\":0", "'vocab_size'")]
    [InlineData("\"vocab_size\":8", "\"vocab_size\":1e30", "'vocab_size'")]
    [InlineData("\"vocab_size\":8", "\"vocab_size\":\"8\"", "'vocab_size'")]
    [InlineData("\"vocab_size\":8,", "", "'vocab_size' is missing")]
    [InlineData("\"num_key_value_heads\":1", "\"num_key_value_heads\":3", "'num_key_value_heads'")]
    [InlineData("\"hidden_size\":4", "\"hidden_size\":6", "even head size")]
    [InlineData("\"eos_token_id\":2", "\"eos_token_id\":[2,8]", "'eos_token_id'")]
    [InlineData("\"eos_token_id\":2", "\"rope_scaling\":{\"rope_type\":\"yarn\",\"factor\":2}", "'rope_scaling'")]
    [InlineData("\"eos_token_id\":2", "\"rope_scaling\":{\"rope_type\":\"llama3\",\"factor\":2}", "'low_freq_factor' is missing")]
    [InlineData("\"eos_token_id\":2", "\"attention_bias\":true", "'attention_bias'")]
    [InlineData("\"eos_token_id\":2", "\"partial_rotary_factor\":0.5", "'partial_rotary_factor'")]
    [InlineData("\"llama\"", "\"\\ud800\"", "config.json")]
    [InlineData("\"eos_token_id\":2", "\"hidden_act\":\"gelu\"", "'hidden_act'")]
    [InlineData("{", "[", "config.json")]
    public void Open_BadConfig_NamesTheField(string old, string replacement, string says)
    {
        using TemporaryFolder folder = Folder(Config.Replace(old, replacement, StringComparison.Ordinal), SafetensorsBuilder.File(Header, 40));
        string message = Message(folder.FullPath);
        Assert.Contains(says, message, StringComparison.Ordinal);
        Assert.Contains("config.json", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Config_OfEachFamily_HasItsSwitches()
    {
        ModelConfig llama = Read(Config), qwen2 = Read(Config.Replace("llama", "qwen2", StringComparison.Ordinal));
        ModelConfig qwen3 = Read(Config.Replace("llama", "qwen3", StringComparison.Ordinal));
        ModelConfig mistral = Read(Config.Replace("\"llama\"", "\"mistral\",\"sliding_window\":8", StringComparison.Ordinal));
        Assert.Equal((2, 1, 2, 10000.0, false, false, false), (llama.HeadCount, llama.KeyValueHeadCount, llama.HeadSize, llama.RopeTheta, llama.TiedEmbeddings, llama.QueryKeyValueBias, llama.QueryKeyNorm));
        Assert.Equal([2], llama.EndTokenIds);
        Assert.True(qwen2.QueryKeyValueBias && !qwen2.QueryKeyNorm);
        Assert.Equal((true, false, 128), (qwen3.QueryKeyNorm, qwen3.QueryKeyValueBias, qwen3.HeadSize));
        Assert.Equal((16, 8), (llama.MaxContextLength, mistral.MaxContextLength));
    }

    [Fact]
    public void Config_RopeScaling_IsRead()
    {
        const string scaling = "\"rope_theta\":500000.0,\"rope_scaling\":{\"rope_type\":\"llama3\",\"factor\":32.0,\"low_freq_factor\":1.0,\"high_freq_factor\":4.0,\"original_max_position_embeddings\":8192}";
        ModelConfig config = Read(Config.Replace("\"eos_token_id\":2", scaling, StringComparison.Ordinal));
        Assert.Equal((500000.0, new RopeScaling(32, 1, 4, 8192)), (config.RopeTheta, config.RopeScaling));
        Assert.Equal(new RopeScaling(2, 0, 0, 0), Read(Config.Replace("\"eos_token_id\":2", "\"rope_scaling\":{\"type\":\"linear\",\"factor\":2}", StringComparison.Ordinal)).RopeScaling);
    }

    /// <summary>Whatever bytes are changed, opening and reading either works or throws the one exception.</summary>
    [Fact]
    public void Open_DamagedAtRandom_ThrowsNothingElse()
    {
        using TemporaryFolder folder = Folder(Config, []);
        byte[] valid = SafetensorsBuilder.File(Header, 40);
        Gen.Select(Gen.Int[0, 8 + Header.Length], Gen.Byte).Array[1, 4].Sample(changes =>
        {
            byte[] damaged = [.. valid];
            foreach (var (at, value) in changes)
                damaged[at] = value;
            folder.Write("model.safetensors", damaged);
            Survives(folder.FullPath);
        }, iter: 2000, threads: 1);
        folder.Write("model.safetensors", valid);
        Gen.Select(Gen.Int[0, Config.Length - 1], Gen.Char[' ', '~']).Array[1, 3].Sample(changes =>
        {
            char[] damaged = Config.ToCharArray();
            foreach (var (at, value) in changes)
                damaged[at] = value;
            folder.Write("config.json", new string(damaged));
            Survives(folder.FullPath);
        }, iter: 2000, threads: 1);
    }

    static void Survives(string path)
    {
        try
        {
            using ModelFolder model = ModelFolder.Open(path);
            model.GetWeight("a", 2, 3);
        }
        catch (ModelFormatException exception)
        {
            Assert.Matches(new Regex("^.{20,}", RegexOptions.Singleline), exception.Message);
        }
    }

    static byte[] One(string type, string shape, long begin, long end, int length) =>
        SafetensorsBuilder.File("{" + SafetensorsBuilder.Entry("a", type, shape, begin, end) + "}", length);

    static string Message(string path) => Assert.Throws<ModelFormatException>(() => ModelFolder.Open(path)).Message;

    static ModelConfig Read(string config)
    {
        using TemporaryFolder folder = Folder(config, []);
        return ModelConfigReader.Read(folder.FullPath);
    }

    static TemporaryFolder Folder(string config, byte[] weights)
    {
        TemporaryFolder folder = new();
        folder.Write("config.json", config);
        folder.Write("model.safetensors", weights);
        return folder;
    }
}
