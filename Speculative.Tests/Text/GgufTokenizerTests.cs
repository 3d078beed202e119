using System.Text.Json.Nodes;
using Speculative.Bench.Exporting;

namespace Speculative.Tests;

/// <summary>A tokenizer in a GGUF file gives the tokens of the tokenizer.json that it was made of.</summary>
public sealed class GgufTokenizerTests
{
    static readonly string[] texts =
    [
        "", "Hello, world!", "  two  spaces\n\n\tand tabs ", "don't I'LL we've", "12345 1234567 3.14", "Grüße aus Köln: ß€ 🙂 e\u0301",
        "def f(x):\n    return x**2  # comment\r\n", "<|bos|><|user|>\nhi<|end|>\n<|assistant|>\n", "a+b=c <tag> ^~|$100", "日本語 テスト",
    ];

    [Fact]
    public void Encode_EmbeddedModel_EqualsTheFolders()
    {
        using TinyGguf gguf = TinyGguf.Export(RepositoryFolder.EmbeddedModel, ElementType.BF16, withTokenizer: true);
        using GgufFile file = gguf.Open();
        Tokenizer expected = Tokenizer.Load(RepositoryFolder.EmbeddedModel), actual = Tokenizer.Load(file);
        AssertAlike(expected, actual);
        Assert.Equal(expected.VocabularySize, actual.VocabularySize);
        ChatMessage[] chat = [new(ChatRole.User, "hi")];
        Assert.Equal(ChatTemplate.Load(RepositoryFolder.EmbeddedModel).Apply(chat).Text, ChatTemplate.Load(file).Apply(chat).Text);
        Assert.Equal(1, file.Config.BeginTokenId);
        Assert.Equal([2], file.Config.EndTokenIds);
    }

    /// <summary>Other ways to cut words, with the embedded model's merges.</summary>
    [Theory]
    [InlineData("llama-bpe",
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+", true)]
    [InlineData("smaug-bpe",
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+", false)]
    [InlineData("deepseek-r1-qwen",
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+", false)]
    [InlineData("qwen2",
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+", false)]
    public void Encode_OtherWords_EqualsTheFolders(string pre, string pattern, bool ignoresMerges)
    {
        JsonNode root = JsonNode.Parse(TokenizerFolder.Patched(new JsonObject()))!;
        root["model"]!["ignore_merges"] = ignoresMerges;
        if (pre == "qwen2")
            root["normalizer"] = new JsonObject { ["type"] = "NFC" };
        root["pre_tokenizer"] = JsonNode.Parse(
            """{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{},"behavior":"Isolated","invert":false},"""
            + """{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":false}]}""");
        root["pre_tokenizer"]!["pretokenizers"]![0]!["pattern"]!["Regex"] = pattern;
        using TokenizerFolder folder = new(("tokenizer.json", root.ToJsonString()));
        using TinyGguf gguf = new(TinyGguf.Bytes(
            writer => new GgufVocabulary(folder.Folder, TinyShapes.Llama with { VocabularySize = 4096 }).Add(writer)));
        using GgufFile file = gguf.Open();
        Assert.Equal(pre, file.Metadata.Text("tokenizer.ggml.pre"));
        AssertAlike(Tokenizer.Load(folder.Folder), Tokenizer.Load(file));
        Assert.Contains("tokenizer.chat_template: expected a text, found nothing",
            Assert.Throws<ModelFormatException>(() => ChatTemplate.Load(file)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Encode_DefaultWords_CutsPunctuationAndTriplesOfDigits()
    {
        using TinyGguf gguf = new(TinyGguf.Bytes(writer =>
        {
            string[] bytes = [.. Enumerable.Range(0, 256).Select(value => ByteAlphabet.Character((byte)value).ToString())];
            writer.Add("tokenizer.ggml.model", "gpt2");
            writer.Add("tokenizer.ggml.tokens", [.. bytes, "12", "34", "1234", "!a", "ab", "Ġab"]);
            writer.Add("tokenizer.ggml.merges", ["1 2", "3 4", "12 34", "! a", "a b", "Ġ ab"]);
        }));
        using GgufFile file = gguf.Open();
        // "1234" is cut after three digits, "!a" after the mark.
        Assert.Equal([256, '3', '4', '!', 260, 261], Tokenizer.Load(file).Encode("1234!ab ab"));
    }

    /// <summary>Mistral Nemo: a capital letter begins a word, and a word that is a token is taken whole.</summary>
    [Fact]
    public void Encode_Tekken_CutsBeforeCapitals()
    {
        using TinyGguf gguf = new(TinyGguf.Bytes(writer =>
        {
            string[] bytes = [.. Enumerable.Range(0, 256).Select(value => ByteAlphabet.Character((byte)value).ToString())];
            writer.Add("tokenizer.ggml.model", "gpt2");
            writer.Add("tokenizer.ggml.pre", "tekken");
            writer.Add("tokenizer.ggml.tokens", [.. bytes, "aB", "ab", "Ġab", "abc", "12"]);
            writer.Add("tokenizer.ggml.merges", ["a B", "a b", "Ġ ab", "1 2"]);
        }));
        using GgufFile file = gguf.Open();
        Assert.Equal(['a', 'B', 257, 258, '1', '2', 259], Tokenizer.Load(file).Encode("aBab ab12abc"));
    }

    [Fact]
    public void Encode_SentencePiece_MergesByScore()
    {
        string[] bytes = [.. Enumerable.Range(0, 256).Select(value => $"<0x{value:X2}>")];
        using TinyGguf gguf = new(TinyGguf.Bytes(writer =>
        {
            writer.Add("tokenizer.ggml.model", "llama");
            writer.Add("tokenizer.ggml.tokens", ["<unk>", "<s>", "</s>", .. bytes, "▁a", "ab", "▁ab", "▁", "a", "b"]);
            writer.Add("tokenizer.ggml.token_type", [2, 3, 3, .. bytes.Select(_ => 6), 1, 1, 1, 1, 1, 1]);
            writer.Add("tokenizer.ggml.scores", [0f, 0, 0, .. bytes.Select(_ => 0f), -2, -1, -3, -4, -5, -6]);
        }));
        using GgufFile file = gguf.Open();
        Tokenizer tokenizer = Tokenizer.Load(file);
        // "ab" has the better score, so "▁abb" is ▁ + ab + b first, then ▁ab + b; a byte where there is no token; <s> only where it is
        // meant.
        Assert.Equal([261, 264, 3 + 'x', 1, 259], tokenizer.Encode("abbx<s>a"));
        Assert.Equal("abbx a", tokenizer.Decode(tokenizer.Encode("abbx<s>a")));
    }

    /// <summary>A token of a mebibyte has as many cuts, each as long to look up: its square in time.</summary>
    [Theory]
    [InlineData(4096, true)]
    [InlineData(4097, false)]
    [InlineData(1 << 20, false)]
    public void Load_LongToken_IsRefusedAboveAFewThousandCharacters(int length, bool loads)
    {
        using TinyGguf gguf = new(TinyGguf.Bytes(writer =>
        {
            writer.Add("tokenizer.ggml.model", "llama");
            writer.Add("tokenizer.ggml.tokens", ["<unk>", "a", new string('a', length), "aa"]);
            writer.Add("tokenizer.ggml.token_type", [2, 1, 1, 1]);
            writer.Add("tokenizer.ggml.scores", [0f, -1, -2, -3]);
        }));
        using GgufFile file = gguf.Open();
        if (loads)
            Assert.Equal([0, 3, 1], Tokenizer.Load(file).Encode("aaa")); // ▁ has no token
        else
            Assert.Contains($"tokens of at most 4096 characters (token 2 has {length})",
                Assert.Throws<ModelFormatException>(() => Tokenizer.Load(file)).Message, StringComparison.Ordinal);
    }

    /// <summary>Many tokens of all lengths have as many cuts together.</summary>
    [Fact]
    public void Load_ManyLongTokens_IsRefused()
    {
        string[] tokens = ["<unk>", .. Enumerable.Range(0, 20).Select(i => $"{i:00}{new string('a', 4094)}")];
        using TinyGguf gguf = new(TinyGguf.Bytes(writer =>
        {
            writer.Add("tokenizer.ggml.model", "llama");
            writer.Add("tokenizer.ggml.tokens", tokens);
            writer.Add("tokenizer.ggml.token_type", [2, .. tokens.Skip(1).Select(_ => 1)]);
            writer.Add("tokenizer.ggml.scores", [.. tokens.Select(_ => 0f)]);
        }));
        using GgufFile file = gguf.Open();
        Assert.Contains("tokenizer.ggml.tokens: expected tokens as short as words are",
            Assert.Throws<ModelFormatException>(() => Tokenizer.Load(file)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bert", "default", "tokenizer.ggml.model: expected gpt2 (byte-level BPE) or llama (SentencePiece), found 'bert'.")]
    [InlineData("gpt2", "falcon", "tokenizer.ggml.pre: expected gpt-2, ")]
    [InlineData("llama", "", "tokenizer.ggml.scores: expected a list of numbers, found nothing.")]
    public void Load_UnknownKind_SaysWhatIsKnown(string model, string pre, string said)
    {
        using TinyGguf gguf = new(TinyGguf.Bytes(writer =>
        {
            writer.Add("tokenizer.ggml.model", model);
            writer.Add("tokenizer.ggml.pre", pre);
            writer.Add("tokenizer.ggml.tokens", ["a", "b"]);
            writer.Add("tokenizer.ggml.merges", (IReadOnlyList<string>)[]);
        }));
        using GgufFile file = gguf.Open();
        Assert.Contains(said, Assert.Throws<ModelFormatException>(() => Tokenizer.Load(file)).Message, StringComparison.Ordinal);
    }

    static void AssertAlike(Tokenizer expected, Tokenizer actual)
    {
        foreach (string text in texts)
        {
            Assert.Equal(expected.Encode(text), actual.Encode(text));
            Assert.Equal(expected.EncodeOrdinary(text), actual.EncodeOrdinary(text));
            Assert.Equal(expected.Decode(expected.Encode(text)), actual.Decode(actual.Encode(text)));
        }
    }
}
