using System.Text;
using System.Text.Json.Nodes;
using CsCheck;

namespace Speculative.Tests;

public sealed class TokenizerFaultTests
{
    const string Small = """
        {"added_tokens":[{"id":0,"content":"<s>","special":true}],"normalizer":null,"pre_tokenizer":null,"decoder":null,
         "model":{"type":"BPE","unk_token":"<s>","vocab":{"<s>":0,"a":1,"b":2,"ab":3},"merges":["a b"]}}
        """;

    [Theory]
    [InlineData("model.type", "\"Unigram\"")]
    [InlineData("model.dropout", "0.1")]
    [InlineData("model.end_of_word_suffix", "\"</w>\"")]
    [InlineData("model.unk_token", "\"?\"")]
    [InlineData("model.unk_token", "null")]
    [InlineData("model.byte_fallback", "true")]
    [InlineData("model.merges", "[\"a c\"]")]
    [InlineData("model.merges", "[\"b a\"]")]
    [InlineData("model.merges", "[\"a b a\"]")]
    [InlineData("model.merges", "[[\"a\"]]")]
    [InlineData("model.vocab", "{\"a\":-1}")]
    [InlineData("model.vocab", "{\"a\":2000000000}")]
    [InlineData("model.vocab", "{\"a\":1,\"b\":1}")]
    [InlineData("model.vocab", "[]")]
    [InlineData("normalizer", "{\"type\":\"Lowercase\"}")]
    [InlineData("pre_tokenizer", "{\"type\":\"Whitespace\"}")]
    [InlineData("pre_tokenizer", "{\"type\":\"Split\",\"pattern\":{\"Regex\":\"(\"},\"behavior\":\"Isolated\"}")]
    [InlineData("pre_tokenizer", "{\"type\":\"Split\",\"pattern\":{\"Regex\":\"a\"},\"behavior\":\"MergedWithNext\"}")]
    [InlineData("pre_tokenizer", "{\"type\":\"Metaspace\",\"prepend_scheme\":\"last\"}")]
    [InlineData("pre_tokenizer", "{\"type\":\"Metaspace\",\"replacement\":\"  \"}")]
    [InlineData("added_tokens", "[{\"id\":0,\"content\":\"\"}]")]
    [InlineData("added_tokens", "7")]
    public void Load_UnusableField_IsNamed(string field, string value)
    {
        JsonNode root = JsonNode.Parse(Small)!;
        string[] path = field.Split('.');
        (path.Length == 2 ? root[path[0]]! : root)[path[^1]] = JsonNode.Parse(value);
        string message = Assert.Throws<ModelFormatException>(() => TokenizerFolder.Load(root.ToJsonString())).Message;
        Assert.Contains("tokenizer.json", message);
        Assert.Contains(field.StartsWith("model", StringComparison.Ordinal) ? "model." : field, message);
    }

    /// <summary>Each step doubles the text, forty times.</summary>
    [Fact]
    public void Load_NormalizerThatGrowsWithoutBound_IsRefused()
    {
        JsonNode root = JsonNode.Parse(Small)!;
        const string doubles = """{"type":"Replace","pattern":{"String":"a"},"content":"aa"}""";
        root["normalizer"] = JsonNode.Parse(
            $$"""{"type":"Sequence","normalizers":[{{string.Join(',', Enumerable.Repeat(doubles, 40))}}]}""");
        root["added_tokens"]!.AsArray().Add(JsonNode.Parse("""{"id":4,"content":"a","normalized":true}"""));
        string message = Assert.Throws<ModelFormatException>(() => TokenizerFolder.Load(root.ToJsonString())).Message;
        Assert.Contains("normalizer.normalizers", message, StringComparison.Ordinal);
        Assert.Contains("expected steps that make a text at most 64 times as long", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_NoFile_NamesIt()
    {
        using TokenizerFolder empty = new();
        Assert.Contains("tokenizer.json", Assert.Throws<ModelFormatException>(() => Tokenizer.Load(empty.Folder)).Message);
        Assert.Throws<ArgumentException>(() => Tokenizer.Load(""));
    }

    [Fact]
    public void Encode_Null_Throws()
    {
        Assert.Throws<ArgumentNullException>(() => TokenizerFolder.Load(Small).Encode((string)null!));
        Assert.Throws<ArgumentNullException>(() => TokenizerFolder.Load(Small).Encode((ChatPrompt)null!));
    }

    [Fact]
    public void Load_DamagedFile_WorksOrThrowsItsException()
    {
        byte[] whole = Encoding.UTF8.GetBytes(Small);
        using TokenizerFolder folder = new();
        string file = Path.Combine(folder.Folder, "tokenizer.json");
        Gen<byte> bytesOfJson = Gen.OneOf(Gen.Byte, Gen.OneOfConst([.. "0123456789-[]{}\",:"u8.ToArray()]));
        Gen.Select(Gen.Int[0, whole.Length - 1], bytesOfJson).Array[1, 4].Sample(edits =>
        {
            byte[] bytes = [.. whole];
            foreach ((int at, byte value) in edits)
                bytes[at] = value;
            File.WriteAllBytes(file, bytes);
            try
            {
                Tokenizer.Load(folder.Folder).Encode("ab<s>c");
            }
            catch (ModelFormatException fault)
            {
                Assert.NotEmpty(fault.Message);
            }
        }, iter: 1500, threads: 1);
    }
}
