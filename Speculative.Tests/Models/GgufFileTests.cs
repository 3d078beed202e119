using System.Buffers.Binary;
using System.Text;
using Speculative.Bench.Exporting;

namespace Speculative.Tests;

/// <summary>Damaged and hostile GGUF files are refused with one sentence.</summary>
public sealed class GgufFileTests
{
    [Fact]
    public void Open_Tiny_ReadsItsSizes()
    {
        using TinyGguf gguf = new(TinyGguf.Bytes());
        using GgufFile file = gguf.Open();
        ModelConfig config = file.Config;
        Assert.Equal(("llama", 8, 16, 8), (config.ModelType, config.VocabularySize, config.HiddenSize, config.HeadSize));
        Assert.True(config.TiedEmbeddings);
        Assert.Equal(gguf.Path, file.Path);
        Assert.Contains("[4, 4]", Refusal(() => file.GetWeight("model.embed_tokens.weight", 4, 4)), StringComparison.Ordinal);
        Assert.Contains("output_norm.weight", Refusal(() => file.GetWeight("model.norm.weight", 1, 16)), StringComparison.Ordinal);
        file.Dispose();
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => file.GetWeight("model.embed_tokens.weight", 8, 16));
    }

    [Theory]
    [InlineData(0, "magic")]
    [InlineData(23, "magic")]
    [InlineData(40, "truncated")]
    [InlineData(300, "truncated")]
    [InlineData(600, "truncated")]
    [InlineData(900, "truncated")]
    public void Open_CutShort_SaysSo(int length, string said) => Refuses(TinyGguf.Bytes()[..length], said);

    [Theory]
    [InlineData(0, 'X', "magic")]
    [InlineData(4, 1, "version: expected 2 or 3")]
    [InlineData(15, 1, "tensor count: expected at most ")]
    [InlineData(23, 1, "metadata count: expected at most ")]
    [InlineData(30, 0xFF, "metadata key: expected a text of at most 65535 bytes")]
    [InlineData(32, 0xFF, "metadata key: expected UTF-8")]
    [InlineData(52, 99, "general.architecture: expected a number, a truth value, a text or a list of them, found type 99")]
    [InlineData(59, 0x7F, "general.architecture: expected at most ")]
    public void Open_DamagedHeader_NamesThePlace(int at, int value, string said)
    {
        byte[] bytes = TinyGguf.Bytes();
        bytes[at] = (byte)value;
        Refuses(bytes, said);
    }

    [Theory]
    [InlineData("attention.head_count", 0, "llama.attention.head_count: expected a whole number from 1")]
    [InlineData("attention.head_count", 3, "llama.attention.head_count_kv: ", "llama.embedding_length: expected a multiple")]
    [InlineData("attention.head_count_kv", 3, "llama.attention.head_count_kv: expected a whole number from 1 to 2, found 3")]
    [InlineData("block_count", -1, "llama.block_count: expected a whole number from 1 to 16384, found 4294967295")]
    [InlineData("context_length", 0, "llama.context_length")]
    public void Open_ImpossibleSizes_NamesTheKey(string key, int value, params string[] said) =>
        Refuses(TinyGguf.Bytes(change: (name, number) => name == key ? value : number), said);

    [Fact]
    public void Open_WhatNoEngineCanUse_IsRefused()
    {
        Refuses(With(writer => writer.AddTensor("a", 12, 1, 256, 144, stream => stream.Write(new byte[144]))),
            "a: expected F32, F16, BF16, Q8_0, Q4_0, Q4_1 or Q6_K, the number formats that are supported, found Q4_K.");
        Refuses(With(writer => writer.AddTensor("a", 77, 1, 1, 4, stream => stream.Write(new byte[4]))), "found type 77.");
        Refuses(With(writer => writer.AddTensor("a", 8, 1, 33, 34, stream => stream.Write(new byte[34]))),
            "a multiple of 32 columns in Q8_0, found 33");
        Refuses(With(writer => TinyGguf.AddRows(writer, "blk.0.attn_output.bias", null, 16)), "it would be ignored");
        Refuses(With(writer => writer.Add("llama.expert_count", 8)), "llama.expert_count: expected no experts, found 8.");
        Refuses(With(writer => writer.Add("llama.rope.dimension_count", 4)), "llama.rope.dimension_count: expected 8");
        Refuses(With(writer => writer.Add("llama.rope.scaling.type", "yarn")), "expected none or linear");
        Refuses(With(writer => writer.Add("llama.rope.scale_linear", -1f)), "rope.scale_linear: expected a finite number, not below 0");
        Refuses(With(writer => writer.Add("llama.rope.freq_base", float.NaN)), "expected a finite number above 0, found NaN.");
        Refuses(With(writer => writer.Add("tokenizer.ggml.bos_token_id", 8)), "expected a whole number from 0 to 7, found 8.");
        Refuses(With(writer =>
        {
            writer.Add("tokenizer.ggml.tokens", ["a"]);
            writer.Add("tokenizer.ggml.token_type", new int[(1 << 22) + 1]);
        }), "tokenizer.ggml.token_type: expected at most 4194304 items");
        Refuses(With(writer => writer.Add("general.alignment", 12)), "general.alignment: expected a multiple of 8, found 12.");
        Refuses(With(writer => writer.Add("general.architecture", "llama")), "expected a key of its own, found it twice");
        Refuses(With(writer => TinyGguf.AddRows(writer, "token_embd.weight", 8, 16)), "expected one tensor of this name, found two");
    }

    /// <summary>An element of a bias is a number: in blocks there is none to be turned.</summary>
    [Theory]
    [InlineData(2, 18)]
    [InlineData(3, 20)]
    [InlineData(8, 34)]
    public void GetWeight_QueryBiasInBlocks_IsRefused(int type, int bytes)
    {
        using TinyGguf gguf = new(TinyGguf.Bytes(
            writer => writer.AddTensor("blk.0.attn_q.bias", type, null, 32, bytes, stream => stream.Write(new byte[bytes])),
            (key, number) => key == "embedding_length" ? 32 : key == "attention.head_count" ? 4 : number));
        using GgufFile file = gguf.Open();
        Assert.EndsWith("blk.0.attn_q.bias: expected a bias in F32, F16 or BF16, found one in blocks of numbers.",
            Assert.Throws<ModelFormatException>(() => file.GetWeight("model.layers.0.self_attn.q_proj.bias", 1, 32)).Message,
            StringComparison.Ordinal);
    }

    /// <summary>llama.cpp's rules: without a type it is linear, by either key; 0 and 1 stretch nothing.</summary>
    [Theory]
    [InlineData(null, null, null, null)]
    [InlineData("none", 4f, null, null)]
    [InlineData("linear", null, null, null)]
    [InlineData("linear", 4f, 2f, 4.0)]
    [InlineData(null, 4f, null, 4.0)]
    [InlineData(null, null, 2f, 2.0)]
    [InlineData(null, 1f, 2f, null)]
    [InlineData(null, 0f, null, null)]
    public void Open_RopeScaling_IsLinearByEitherKey(string? type, float? factor, float? older, double? expected)
    {
        using TinyGguf gguf = new(With(writer =>
        {
            if (type is not null)
                writer.Add("llama.rope.scaling.type", type);
            if (factor is { } newer)
                writer.Add("llama.rope.scaling.factor", newer);
            if (older is { } old)
                writer.Add("llama.rope.scale_linear", old);
        }));
        using GgufFile file = gguf.Open();
        Assert.Equal(expected, file.Config.RopeScaling?.Factor);
        Assert.Equal(0, file.Config.RopeScaling?.HighFrequencyFactor ?? 0);
    }

    /// <summary>The metadata's own come first; a word (1) that looks like an end is none, nor is a token without a row.</summary>
    [Fact]
    public void Open_EndTokens_AreAlsoKnownByTheirText()
    {
        using TinyGguf gguf = new(With(writer =>
        {
            writer.Add("tokenizer.ggml.tokens",
                ["<|begin_of_text|>", "<|eot_id|>", "<|endoftext|>", "a", "<|im_end|>", "</s>", "<|im_start|>", "<|end|>", "<|eom_id|>"]);
            writer.Add("tokenizer.ggml.token_type", [3, 3, 3, 3, 4, 1, 3, 3, 3]);
            writer.Add("tokenizer.ggml.eos_token_id", 3);
            writer.Add("tokenizer.ggml.eot_token_id", 2);
        }));
        using GgufFile file = gguf.Open();
        Assert.Equal([3, 2, 1, 4, 7], file.Config.EndTokenIds);
    }

    [Fact]
    public void Open_OtherArchitecture_ListsTheKnownOnes()
    {
        string text = Encoding.Latin1.GetString(TinyGguf.Bytes());
        int at = text.IndexOf("llama", StringComparison.Ordinal);
        Refuses(Encoding.Latin1.GetBytes(text[..at] + "gemma" + text[(at + 5)..]),
            "expected a known architecture (llama, qwen2, qwen3), found 'gemma'.");
    }

    [Fact]
    public void Open_OnePartOfSeveral_SaysHowToMergeThem()
    {
        const string said = "split.count: expected a model in one file (llama-gguf-split --merge puts the parts together), found 3.";
        Refuses(With(writer => writer.Add("split.count", 3)), said);
        using GgufWriter later = new();
        later.Add("split.count", 3);
        MemoryStream bytes = new();
        later.Write(bytes);
        Refuses(bytes.ToArray(), said);
        using TinyGguf whole = new(With(writer => writer.Add("split.count", 1)));
        whole.Open().Dispose();
    }

    [Theory]
    [InlineData(0, 1UL << 31, "expected one or two sizes")]
    [InlineData(8, 1UL << 63, "expected one or two sizes")]
    [InlineData(0, (1UL << 31) - 1, "expected a tensor inside")]
    [InlineData(20, 1UL << 62, "expected a tensor inside")]
    [InlineData(20, 512, "truncated")]
    public void Open_HostileTensor_IsRefused(int at, ulong value, string said)
    {
        byte[] bytes = TinyGguf.Bytes();
        int sizes = Encoding.Latin1.GetString(bytes).IndexOf("token_embd.weight", StringComparison.Ordinal) + 17 + 4;
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(sizes + at), value);
        Refuses(bytes, said);
    }

    [Theory]
    [InlineData(32)]
    [InlineData(516)]
    public void Open_OverlappingOrUnalignedTensors_AreRefused(ulong at)
    {
        byte[] bytes = With(writer => TinyGguf.AddRows(writer, "output.weight", 8, 16));
        int offset = Encoding.Latin1.GetString(bytes).IndexOf("output.weight", StringComparison.Ordinal) + 13 + 4 + 16 + 4;
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(offset), at);
        Refuses(bytes, "output.weight: expected 512 bytes at a multiple of 32, after token_embd.weight (it ends at 512)", "truncated");
    }

    [Fact]
    public void Open_NoFile_SaysSo()
    {
        Assert.Contains("expected a readable GGUF file", Refusal(() => GgufFile.Open("/no/such.gguf")), StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => GgufFile.Open(""));
    }

    static byte[] With(Action<GgufWriter> add) => TinyGguf.Bytes(add);

    /// <summary>One of the texts is in the message.</summary>
    static void Refuses(byte[] bytes, params string[] said)
    {
        using TinyGguf gguf = new(bytes);
        string message = Refusal(() => gguf.Open().Dispose());
        Assert.True(said.Any(text => message.Contains(text, StringComparison.Ordinal)), message);
        Assert.StartsWith(gguf.Path, message, StringComparison.Ordinal);
    }

    static string Refusal(Action action) => Assert.Throws<ModelFormatException>(action).Message;

    static string Refusal(Func<object> function) => Assert.Throws<ModelFormatException>(function).Message;
}
