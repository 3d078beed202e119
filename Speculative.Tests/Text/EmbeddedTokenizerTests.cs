using System.Text;
using System.Text.Json;
using CsCheck;

namespace Speculative.Tests;

/// <summary>The embedded model's tokenizer against the encodings stored with it, which two other implementations agree on.</summary>
public sealed class EmbeddedTokenizerTests
{
    static readonly Tokenizer tokenizer = Tokenizer.Load(RepositoryFolder.EmbeddedModel);
    static readonly JsonElement reference =
        JsonDocument.Parse(File.ReadAllBytes(Path.Combine(RepositoryFolder.EmbeddedModel, "reference.json"))).RootElement;

    [Fact]
    public void Encode_StoredTexts_GivesStoredIds()
    {
        Assert.True(reference.GetProperty("encodings").GetArrayLength() >= 30);
        foreach (JsonElement encoding in reference.GetProperty("encodings").EnumerateArray())
            Assert.Equal(Ids(encoding.GetProperty("ids")), tokenizer.Encode(encoding.GetProperty("text").GetString()!));
    }

    [Fact]
    public void Encode_StoredPrompts_GivesStoredIds()
    {
        foreach (JsonElement generation in reference.GetProperty("generations").EnumerateArray())
        {
            Assert.Equal(Ids(generation.GetProperty("prompt_ids")), tokenizer.Encode(generation.GetProperty("text").GetString()!));
            Assert.Equal(generation.GetProperty("text").GetString(),
                ChatTemplate.Load(RepositoryFolder.EmbeddedModel).Apply([new(ChatRole.User, generation.GetProperty("prompt").GetString()!)]));
        }
    }

    [Fact]
    public void Decode_AnyText_GivesItBack() => Gen.String.Sample(text =>
    {
        string wellFormed = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
        int[] tokenIds = tokenizer.EncodeOrdinary(text);
        Assert.Equal(wellFormed, tokenizer.Decode(tokenIds));
        Assert.All(tokenIds, tokenId => Assert.InRange(tokenId, 6, tokenizer.VocabularySize - 1));
    }, iter: 1000);

    [Fact]
    public void EncodeOrdinary_SpecialTokenInText_IsText()
    {
        Assert.Equal([1, 4], tokenizer.Encode("<|bos|><|user|>"));
        int[] ordinary = tokenizer.EncodeOrdinary("<|bos|><|user|>");
        Assert.DoesNotContain(ordinary, tokenId => tokenId < 6);
        Assert.Equal("<|bos|><|user|>", tokenizer.Decode(ordinary));
    }

    [Fact]
    public void Decode_SpecialOrUnknownToken_GivesNothing()
    {
        Assert.True(tokenizer.Decode(2).IsEmpty);
        Assert.True(tokenizer.Decode(-1).IsEmpty);
        Assert.True(tokenizer.Decode(tokenizer.VocabularySize).IsEmpty);
        Assert.Equal(4096, tokenizer.VocabularySize);
        Assert.Equal(2, tokenizer.TryGetId("<|end|>"));
        Assert.Null(tokenizer.TryGetId("<|nothing|>"));
    }

    static int[] Ids(JsonElement ids) => [.. ids.EnumerateArray().Select(id => id.GetInt32())];
}
