using System.Text.Json;
using CsCheck;

namespace Speculative.Tests;

public sealed class TokenizerTests
{
    static readonly Tokenizer Embedded = Tokenizer.Load(RepositoryFolder.EmbeddedModel);

    /// <summary>Encodings by another implementation, stored with the model.</summary>
    [Fact]
    public void Encode_EmbeddedModel_EqualsTheStoredReference()
    {
        using JsonDocument reference = JsonDocument.Parse(File.ReadAllText(Path.Combine(RepositoryFolder.EmbeddedModel, "reference.json")));
        int count = 0;
        foreach (JsonElement encoding in reference.RootElement.GetProperty("encodings").EnumerateArray())
        {
            string text = encoding.GetProperty("text").GetString()!;
            Assert.Equal([.. encoding.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())], Embedded.Encode(text));
            count++;
        }
        Assert.True(count >= 30, $"only {count} reference encodings");
    }

    [Fact]
    public void Decode_OfAnyTextEncodedAsOrdinary_GivesItBack() =>
        Gen.String.Where(text => !text.Any(char.IsSurrogate)).Sample(text => Assert.Equal(text, Embedded.Decode(Embedded.EncodeOrdinary(text))));

    [Fact]
    public void SpecialTokens_AreParsedByEncodeOnly_AndHaveNoText()
    {
        int end = Embedded.FindToken("<|end|>")!.Value;
        Assert.Equal([.. Embedded.EncodeOrdinary("a"), end, .. Embedded.EncodeOrdinary("b")], Embedded.Encode("a<|end|>b"));
        Assert.DoesNotContain(end, Embedded.EncodeOrdinary("a<|end|>b"));
        Assert.Equal("ab", Embedded.Decode(Embedded.Encode("a<|end|>b")));
        Assert.Null(Embedded.FindToken("<|nothing|>"));
        Assert.Empty(Embedded.Decode(1 << 20).ToArray());
    }

    [Theory]
    [InlineData("ab ba", new[] { 6, 7 })] // ▁ab ▁ba: the prefix is prepended, spaces are spelled ▁
    [InlineData("aé", new[] { 5, 258 + 0xC3, 258 + 0xA9 })] // é is not in the vocabulary: its UTF-8 bytes
    [InlineData("\n", new[] { 2, 258 + 0x0A })]
    [InlineData("", new int[0])]
    public void SentencePieceStyle_FallsBackToBytes(string text, int[] expected)
    {
        Tokenizer tokenizer = SentencePiece();
        Assert.Equal(expected, tokenizer.Encode(text));
        if (text.Length > 0)
            Assert.Equal(" " + text, tokenizer.Decode(expected));
    }

    [Theory]
    [InlineData("""{"model":{"type":"Unigram"}}""", "Unigram")]
    [InlineData("""{"model":{"vocab":{},"merges":[]},"normalizer":{"type":"Magic"}}""", "Magic")]
    [InlineData("""{"model":{"vocab":{},"merges":[]}}""", "tokenizer.json")]
    [InlineData("""{"model":{"vocab":{"a":-1},"merges":[]}}""", "token ids")]
    [InlineData("""{"model":[]}""", "tokenizer.json")]
    [InlineData("""{""", "tokenizer.json")]
    public void BadFiles_GiveOneSentence(string json, string names)
    {
        using TemporaryFolder folder = new();
        folder.Write("tokenizer.json", json);
        ModelFormatException exception = Assert.Throws<ModelFormatException>(() => Tokenizer.Load(folder.FullPath));
        Assert.Contains(names, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void MissingFile_IsNamed()
    {
        using TemporaryFolder folder = new();
        Assert.Contains("tokenizer.json is missing", Assert.Throws<ModelFormatException>(() => Tokenizer.Load(folder.FullPath)).Message, StringComparison.Ordinal);
    }

    static Tokenizer SentencePiece()
    {
        Dictionary<string, int> vocabulary = new() { ["<unk>"] = 0, ["<s>"] = 1, ["▁"] = 2, ["a"] = 3, ["b"] = 4, ["▁a"] = 5, ["▁ab"] = 6, ["▁ba"] = 7, ["▁b"] = 8 };
        for (int value = 0; value < 256; value++)
            vocabulary[$"<0x{value:X2}>"] = 258 + value;
        using TemporaryFolder folder = new();
        folder.Write("tokenizer.json", JsonSerializer.Serialize(new
        {
            normalizer = new
            {
                type = "Sequence",
                normalizers = new object[] { new { type = "Prepend", prepend = "▁" }, new { type = "Replace", pattern = new { String = " " }, content = "▁" } },
            },
            model = new { type = "BPE", byte_fallback = true, vocab = vocabulary, merges = (string[])["▁ a", "▁a b", "▁ b", "▁b a"] },
        }));
        return Tokenizer.Load(folder.FullPath);
    }
}
