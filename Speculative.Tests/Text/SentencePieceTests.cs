using System.Text;
using System.Text.Json.Nodes;
using Speculative.Drafters;

namespace Speculative.Tests;

/// <summary>A SentencePiece-style folder with byte fallback from end to end: prompt, generation, streamed text, stop strings.</summary>
public sealed class SentencePieceTests : IDisposable
{
    readonly TokenizerFolder folder = new(
        ("tokenizer.json", TokenizerFamilyTests.Json("llama2").ToJsonString()),
        ("tokenizer_config.json", """
            {"bos_token":"<s>","eos_token":"</s>","chat_template":
             "{{ bos_token }}{% for message in messages %}{{ '[INST] ' + message.content + ' [/INST]' }}{% endfor %}"}
            """));

    readonly Tokenizer tokenizer;
    readonly CpuModel model;

    public SentencePieceTests()
    {
        tokenizer = Tokenizer.Load(folder.Folder);
        model = new(new RandomWeights(TinyShapes.Llama with { VocabularySize = tokenizer.VocabularySize }), new() { Threads = 1 });
    }

    [Theory]
    [InlineData("hello")]
    [InlineData("grüße, 世界 🙂")]
    [InlineData("  two spaces\n\tand a line")]
    public void Append_EncodedText_GivesItBackInWholeCharacters(string text)
    {
        IncrementalDetokenizer detokenizer = new(tokenizer);
        int[] tokenIds = tokenizer.Encode(text);
        string[] pieces = [.. tokenIds.Select(detokenizer.Append), detokenizer.Flush()];
        // A stream goes on from a prompt: the space that the tokenizer puts before a text stays, unlike in Decode.
        Assert.Equal(" " + text, string.Concat(pieces));
        Assert.Equal(text, tokenizer.Decode(tokenIds));
        Assert.All(pieces, piece => Assert.True(piece.Length == 0 || !char.IsHighSurrogate(piece[^1]) && !piece.Contains('\uFFFD')));
        Assert.Equal(text.EnumerateRunes().Any(rune => !rune.IsAscii), pieces.SkipLast(1).Contains(""));
    }

    /// <summary>
    /// Special tokens that are found in the normalized text: a typed one there is as many as the template's that is not found, so that
    /// counting them tells nothing.
    /// </summary>
    [Fact]
    public void Encode_TypedMarkWhereSpecialTokensAreNormalized_StaysText()
    {
        JsonNode root = TokenizerFamilyTests.Json("llama2");
        foreach (JsonNode? token in root["added_tokens"]!.AsArray())
            token!["normalized"] = true;
        Tokenizer normalizing = TokenizerFolder.Load(root.ToJsonString());
        int begin = normalizing.TryGetId("<s>")!.Value, end = normalizing.TryGetId("</s>")!.Value;
        ChatPrompt prompt = ChatTemplateTests.Load("<s>{{ messages[0].content }} </s><s>{{ messages[1].content }}")
            .Apply([new(ChatRole.User, "hi"), new(ChatRole.User, "x <s> y")]);
        int[] tokenIds = normalizing.Encode(prompt);
        Assert.Equal([begin, end, begin], tokenIds.Where(id => id == begin || id == end));
        Assert.Equal(begin, tokenIds[Array.IndexOf(tokenIds, end) + 1]); // the template's, where the template put it
    }

    /// <summary>Random weights say bytes in no good order: whatever comes, the stream is the text of all bytes.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task GenerateAsync_AnyDrafter_StreamsTheTextOfAllBytes(int seed)
    {
        GenerationOptions options = new() { MaxNewTokens = 120, Sampling = new StochasticSampling { Seed = (ulong)seed } };
        (int[] tokenIds, string text) = await StreamAsync(NullDrafter.Factory, options);
        Assert.Equal(Encoding.UTF8.GetString([.. tokenIds.SelectMany(tokenId => tokenizer.Decode(tokenId).ToArray())]), text);
        Assert.Contains(tokenIds, tokenId => tokenizer.Decode(tokenId) is [>= 0x80]);
        var (recycled, same) = await StreamAsync(TokenRecyclingDrafter.CreateFactory(model.VocabularySize), options);
        Assert.Equal(tokenIds, recycled);
        Assert.Equal(text, same);
    }

    [Fact]
    public async Task GenerateAsync_StopStringOfByteTokens_CutsTextAndTokens()
    {
        int[] output = tokenizer.EncodeOrdinary("so ein Glück! Und mehr");
        int end = Array.IndexOf(output, tokenizer.TryGetId("<0xBC>")!.Value) + 1; // ü is C3 BC
        SpeculativeEngine engine = new(new ScriptedModel(output, tokenizer.VocabularySize), NullDrafter.Factory, tokenizer);
        using SpeculativeSession session = engine.StartSession([1], new() { MaxNewTokens = 40, StopStrings = ["ü"] });
        StringBuilder text = new();
        await foreach (GeneratedToken token in session.GenerateAsync(TestContext.Current.CancellationToken))
            text.Append(token.Text);
        Assert.Equal((" so ein Gl", FinishReason.StopString), (text.ToString(), session.FinishReason));
        Assert.Equal(output.Take(end), session.OutputTokenIds.ToArray());
    }

    async Task<(int[] TokenIds, string Text)> StreamAsync(DrafterFactory drafter, GenerationOptions options)
    {
        int[] prompt = tokenizer.Encode(ChatTemplate.Load(folder.Folder).Apply([new(ChatRole.User, "hello ü")]));
        Assert.Equal(1, prompt[0]);
        using SpeculativeSession session = new SpeculativeEngine(model, drafter, tokenizer).StartSession(prompt, options);
        StringBuilder text = new();
        await foreach (GeneratedToken token in session.GenerateAsync(TestContext.Current.CancellationToken))
            text.Append(token.Text);
        Assert.Equal(0, session.Statistics.DraftFailures);
        return (session.OutputTokenIds.ToArray(), text.ToString());
    }

    public void Dispose()
    {
        model.Dispose();
        folder.Dispose();
    }
}
