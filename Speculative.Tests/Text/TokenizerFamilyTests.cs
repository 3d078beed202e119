using System.Text.Json.Nodes;

namespace Speculative.Tests;

/// <summary>Encodings equal those of another implementation, stored by Fixtures/tokenizers.mjs.</summary>
public sealed class TokenizerFamilyTests
{
    static readonly JsonArray families = JsonNode.Parse(File.ReadAllText(
        Path.Combine(RepositoryFolder.Root, "Speculative.Tests", "Text", "Fixtures", "tokenizers.json")))!.AsArray();

    public static TheoryData<string> Names => [.. families.Select(family => (string)family!["name"]!)];

    /// <summary>A copy of a family's own tokenizer.json.</summary>
    internal static JsonNode Json(string name) => families.Single(family => (string)family!["name"]! == name)!["tokenizer"]!.DeepClone();

    [Theory]
    [MemberData(nameof(Names))]
    public void Encode_StoredTexts_GivesStoredIds(string name)
    {
        JsonNode family = families.Single(family => (string)family!["name"]! == name)!;
        Tokenizer tokenizer = TokenizerFolder.Load(
            family["patch"] is { } patch ? TokenizerFolder.Patched(patch) : family["tokenizer"]!.ToJsonString());
        Assert.True(family["cases"]!.AsArray().Count >= 11);
        foreach (JsonNode? stored in family["cases"]!.AsArray())
        {
            int[] tokenIds = tokenizer.Encode((string)stored!["text"]!);
            Assert.Equal(stored["ids"]!.AsArray().Select(id => (int)id!), tokenIds);
            Assert.Equal((string)stored["decoded"]!, tokenizer.Decode(tokenIds));
        }
    }

    [Fact]
    public void Encode_SentencePieceByHand()
    {
        Tokenizer tokenizer = TokenizerFolder.Load(Json("llama2").ToJsonString());
        string[] spellings = ["▁hello", "<0x0A>", "<0xC3>", "<0xBC>"];
        int[] expected = [.. spellings.Select(spelling => tokenizer.TryGetId(spelling)!.Value)];
        Assert.Equal([271, 13, 198, 191], expected);
        Assert.Equal(expected, tokenizer.Encode("hello\nü"));
        Assert.Equal(" hello"u8, tokenizer.Decode(271));
        Assert.Equal([0xC3], tokenizer.Decode(198).ToArray());
        Assert.True(tokenizer.Decode(1).IsEmpty);
        Assert.Equal([259, 259, 259], Metaspaces("   "));
        Assert.Equal([259, 0, 261], Unknowing("e"));
        Assert.Equal([259, 0, 0, 261], Unknowing("e", fuses: false));
    }

    /// <summary>Where Metaspace splits, a space before another stays alone.</summary>
    static int[] Metaspaces(string text) =>
        TokenizerFolder.Load(Json("metaspace always, split").ToJsonString()).Encode(text);

    /// <summary>Without byte fallback "ÄÖ" is unknown.</summary>
    static int[] Unknowing(string known, bool fuses = true)
    {
        JsonNode json = Json("llama2");
        json["model"]!["byte_fallback"] = false;
        json["model"]!["fuse_unk"] = fuses;
        return TokenizerFolder.Load(json.ToJsonString()).Encode("ÄÖ" + known);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Encode_WholeWordToken_IsTakenWhereMergesAreIgnored(bool ignores)
    {
        JsonNode json = JsonNode.Parse(TokenizerFolder.Patched(new JsonObject()))!;
        json["model"]!["ignore_merges"] = ignores;
        json["model"]!["vocab"]!["Ġqqqq"] = 4096;
        Tokenizer tokenizer = TokenizerFolder.Load(json.ToJsonString());
        Assert.Equal(ignores, tokenizer.Encode("a qqqq").Contains(4096));
        Assert.Equal("a qqqq", tokenizer.Decode(tokenizer.Encode("a qqqq")));
    }

    /// <summary>No token for z: "azb" is ab where it is dropped; what it becomes keeps a and b apart.</summary>
    [Theory]
    [InlineData(null, false, false, "azzb", 3)]
    [InlineData("?", false, false, "azzb", 1, 0, 0, 2)]
    [InlineData("?", true, false, "azzb", 1, 0, 2)]
    [InlineData("?", true, false, "zab", 0, 3)]
    [InlineData(null, false, false, "z")]
    [InlineData(null, false, true, "a\u00DFb", 4, 2)] // the first byte of two has a token, and with a a word
    public void Encode_ByteWithoutToken_IsDroppedOrUnknown(string? unknown, bool fuses, bool ignores, string text, params int[] expected)
    {
        JsonNode json = JsonNode.Parse("""
            {"pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false},
             "model":{"type":"BPE","vocab":{"?":0,"a":1,"b":2,"ab":3,"aÃ":4,"Ã":5},"merges":["a Ã","a b"]}}
            """)!;
        (json["model"]!["unk_token"], json["model"]!["fuse_unk"], json["model"]!["ignore_merges"]) = (unknown, fuses, ignores);
        Assert.Equal(expected, TokenizerFolder.Load(json.ToJsonString()).Encode(text));
    }

    [Theory]
    [InlineData("lstrip", "a <x> b", "a|<x>| b")]
    [InlineData("rstrip", "a <x> b", "a |<x>|b")]
    [InlineData("single_word", "a<x> <x>", "a<x> |<x>")]
    [InlineData("special", "<x><x>", "<x>|<x>")]
    public void Encode_AddedTokenSwitches(string name, string text, string pieces)
    {
        JsonNode json = JsonNode.Parse(TokenizerFolder.Patched(new JsonObject()))!;
        json["added_tokens"]!.AsArray().Add(new JsonObject { ["id"] = 4096, ["content"] = "<x>", ["normalized"] = false, [name] = true });
        Tokenizer tokenizer = TokenizerFolder.Load(json.ToJsonString());
        int[] expected = [.. pieces.Split('|').SelectMany(piece => piece == "<x>" ? [4096] : Plain(piece))];
        Assert.Equal(expected, tokenizer.Encode(text));
        Assert.Equal(name == "special", tokenizer.Decode(4096).IsEmpty);
        Assert.Equal(name != "special", tokenizer.EncodeOrdinary(text).Contains(4096));
    }

    static int[] Plain(string text) => TokenizerFolder.Load(TokenizerFolder.Patched(new JsonObject())).EncodeOrdinary(text);
}
