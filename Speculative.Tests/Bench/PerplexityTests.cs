using System.Text.Json;
using System.Text.Json.Nodes;
using Speculative.Bench;
using Speculative.Bench.Engines;
using Speculative.Bench.Output;
using Speculative.Bench.Perplexity;

namespace Speculative.Tests;

public sealed class PerplexityTests
{
    const string Llama3 = """
        {"type":"Sequence","processors":[{"type":"ByteLevel"},
         {"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<|bos|>","type_id":0}},{"Sequence":{"id":"A","type_id":0}}]}]}
        """;

    static readonly string embedded = RepositoryFolder.EmbeddedModel;

    /// <summary>Each token but the first counts once, with the context of the first window that holds it.</summary>
    [Theory]
    [InlineData(1, 10, 5)]
    [InlineData(2, 10, 5)]
    [InlineData(10, 10, 5)]
    [InlineData(11, 10, 5)]
    [InlineData(40, 10, 9)]
    [InlineData(40, 10, 1)]
    [InlineData(41, 2, 1)]
    [InlineData(300, 200, 70)]
    public void Add_AnyWindowAndStride_EqualsTheDefinition(int length, int window, int stride)
    {
        TableModel model = new(7, order: 1000, maxContextLength: 256);
        int[] tokens = [.. Enumerable.Range(0, length).Select(i => i * i % 7)];
        double expected = 0;
        float[] logits = new float[7];
        for (int token = 1; token < length; token++)
        {
            int start = 0;
            while (start + window <= token)
                start += stride;
            model.Logits(tokens.AsSpan(start..token), logits);
            expected += Math.Log(logits.Sum(logit => Math.Exp(logit))) - logits[tokens[token]];
        }
        WindowedLoss loss = new(model, window, stride);
        loss.Add(tokens);
        Assert.Equal(length - 1, loss.Tokens);
        Assert.Equal(expected, loss.Sum, 1e-5 * length);
    }

    [Fact]
    public void Add_BrokenModel_SaysSo()
    {
        WindowedLoss loss = new(new TableModel(7) { BreaksAtLength = 3 }, 16, 8);
        Assert.Contains("not finite", Assert.Throws<BenchException>(() => loss.Add([1, 2, 3, 4])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_TurnsAndTexts_ReadsBoth()
    {
        const string lines = "{\"turns\":[\"a\",\"b\"],\"source\":\"x\"}\n\n{\"text\":\"c\"}\n";
        IReadOnlyList<HeldOutDocument> documents = HeldOutFile.Parse(new StringReader(lines), "f");
        Assert.Equal(["a", "b"], documents[0].Turns);
        Assert.Equal("c", documents[1].Text);
        Assert.Equal(287, HeldOutFile.BuiltIn().Count);
    }

    [Theory]
    [InlineData("", "f: expected at least one document, found none.")]
    [InlineData("{\"text\":\"a\"}\nnot json", "f, line 2: expected an object")]
    [InlineData("{\"turns\":[\"a\"]}", "f, line 1: expected an object")]
    [InlineData("{\"turns\":[]}", "f, line 1: expected an object")]
    [InlineData("{\"turns\":[\"a\",null]}", "f, line 1: expected an object")]
    [InlineData("{\"turns\":[\"a\",1]}", "f, line 1: expected an object")]
    [InlineData("{\"text\":\"\"}", "f, line 1: expected an object")]
    [InlineData("{}", "f, line 1: expected an object")]
    [InlineData("[]", "f, line 1: expected an object")]
    public void Parse_Malformed_NamesTheLine(string lines, string said) =>
        Assert.StartsWith(said, Assert.Throws<BenchException>(() => HeldOutFile.Parse(new StringReader(lines), "f")).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Encode_Conversation_IsPromptAnswerAndEnd()
    {
        using LoadedModel model = ModelSource.Open(embedded, new CpuEngine(new() { Threads = 1 }));
        Tokenizer tokenizer = Tokenizer.Load(embedded);
        Assert.Equal(tokenizer.Encode("<|bos|><|user|>\nhi<|end|>\n<|assistant|>\nyou<|end|>"),
            model.Encode(new HeldOutDocument(["hi", "you"], "")));
        Assert.Equal(tokenizer.Encode("<|bos|>hi"), model.Encode(new HeldOutDocument([], "hi")));
    }

    /// <summary>As Qwen2.5, Llama 2, Llama 3 and Qwen3 say it, then one that says nothing.</summary>
    [Theory]
    [InlineData("\"add_bos_token\":false,", Llama3, false)]
    [InlineData("\"add_bos_token\":true,", "null", true)]
    [InlineData("", Llama3, true)]
    [InlineData("", "{\"type\":\"ByteLevel\"}", false)]
    [InlineData("", "null", false)]
    public void Find_Folder_IsWhatTheTokenizerAdds(string settings, string processor, bool isAdded)
    {
        using TokenizerFolder folder = new(
            ("tokenizer.json", TokenizerFolder.Patched(new JsonObject { ["post_processor"] = JsonNode.Parse(processor) })),
            ("tokenizer_config.json", $"{{{settings}\"bos_token\":\"<|bos|>\",\"chat_template\":\"<|im_start|>\"}}"));
        Assert.Equal(isAdded ? 1 : null, BeginToken.Find(folder.Folder, null, TinyShapes.Llama with { BeginTokenId = 1 },
            Tokenizer.Load(folder.Folder)));
    }

    [Theory]
    [InlineData("gpt2", "qwen2", null, false)]
    [InlineData("gpt2", "llama-bpe", null, true)]
    [InlineData("gpt2", "llama-bpe", false, false)]
    [InlineData("llama", "default", null, true)]
    [InlineData("llama", "default", false, false)]
    public void Find_Gguf_IsTheSwitchOrWhatLlamaCppTakes(string model, string pre, bool? added, bool isAdded)
    {
        using TinyGguf gguf = new(TinyGguf.Bytes(writer =>
        {
            writer.Add("tokenizer.ggml.model", model);
            writer.Add("tokenizer.ggml.pre", pre);
            writer.Add("tokenizer.ggml.bos_token_id", 1);
            if (added is { } value)
                writer.Add("tokenizer.ggml.add_bos_token", value);
        }));
        using GgufFile file = gguf.Open();
        Assert.Equal(isAdded ? 1 : null, BeginToken.Find(gguf.Path, file, file.Config, Tokenizer.Load(embedded)));
    }

    [Fact]
    public async Task Run_EmbeddedModel_FindsTheLossOfItsModelCard()
    {
        using TinyGguf json = new();
        var (exitCode, output, error) = await RunAsync(
            "perplexity", "--limit", "40", "--window", "128", "--stride", "32", "--json", json.Path);
        Assert.Equal((ExitCode.Success, ""), (exitCode, error));
        Assert.Matches(@"Loss \d\.\d{4} nats a token, perplexity [\d.]+, over \d+ tokens of 40 documents\.", output);
        using JsonDocument document = JsonDocument.Parse(await File.ReadAllTextAsync(json.Path, TestContext.Current.CancellationToken));
        JsonElement row = document.RootElement.GetProperty("rows")[0];
        Assert.Equal((40, 128, 32),
            (row.GetProperty("documents").GetInt32(), row.GetProperty("window").GetInt32(), row.GetProperty("stride").GetInt32()));
        // The card says 3.2 for all held-out tokens; the first documents are problems in mathematics.
        Assert.InRange(row.GetProperty("loss").GetDouble(), 2.5, 3.5);
        Assert.Equal(Math.Exp(row.GetProperty("loss").GetDouble()), row.GetProperty("perplexity").GetDouble(), 1e-9);
    }

    [Theory]
    [InlineData("The text file '/no/such' does not exist.", "--text", "/no/such")]
    [InlineData("--window: 2049 tokens exceed the context of 2048.", "--window", "2049")]
    [InlineData("--stride: expected less than the window of 64 tokens, found 64.", "--window", "64", "--stride", "64")]
    [InlineData("--window: expected a whole number of at least 2, found '1'.", "--window", "1")]
    public async Task Run_BadInput_IsOneSentence(string sentence, params string[] args)
    {
        var (exitCode, output, error) = await RunAsync(["perplexity", .. args]);
        Assert.Equal((ExitCode.BadInput, "", sentence), (exitCode, output, error.Trim()));
    }

    [Fact]
    public async Task Run_Cancelled_PrintsWhatWasMeasured()
    {
        using CancellationTokenSource cancellation = new();
        using CancellingWriter output = new(" documents, windows of ", cancellation);
        int exitCode = await BenchProgram.RunAsync(["perplexity"], Terminal.Plain(output, TextWriter.Null), cancellation.Token);
        Assert.Equal(ExitCode.Cancelled, exitCode);
        Assert.Contains("No token was predicted.", output.ToString(), StringComparison.Ordinal);
    }

    static async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] args)
    {
        StringWriter output = new(), error = new();
        int exitCode = await BenchProgram.RunAsync(args, Terminal.Plain(output, error), TestContext.Current.CancellationToken);
        return (exitCode, output.ToString(), error.ToString());
    }
}
