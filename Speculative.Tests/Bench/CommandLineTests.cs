using System.Text.Json;
using System.Text.RegularExpressions;
using Speculative.Bench;
using Speculative.Bench.Output;
using Speculative.Drafters;

namespace Speculative.Tests;

public sealed class CommandLineTests
{
    [Fact]
    public async Task Run_MalformedQuestionFile_NamesTheLine()
    {
        string path = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(path, "\n{\"question_id\": 1}\n", TestContext.Current.CancellationToken);
            var (exitCode, _, error) = await RunAsync("--questions", path);
            Assert.Equal(ExitCode.BadInput, exitCode);
            Assert.Equal($"{path}, line 2: 'category' is missing.", error.Trim());
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("compare", "--help")]
    [InlineData("generate", "--help")]
    [InlineData("calibrate", "--help")]
    [InlineData("attention", "--help")]
    [InlineData("calibrate-draft", "--help")]
    [InlineData("drafting", "--help")]
    [InlineData("perplexity", "--help")]
    [InlineData("export", "--help")]
    public async Task Run_Help_DescribesAndSucceeds(params string[] args)
    {
        var (exitCode, output, error) = await RunAsync(args);
        Assert.Equal(ExitCode.Success, exitCode);
        Assert.Contains("Usage:", output, StringComparison.Ordinal);
        Assert.Empty(error);
    }

    [Fact]
    public async Task Calibrate_RandomWeights_SaysSoAndWritesARowForEachPoint()
    {
        string path = Path.GetTempFileName();
        try
        {
            var (exitCode, output, error) = await RunAsync("calibrate", "--random-weights", "tiny", "--context", "16", "--json", path);
            Assert.Equal((ExitCode.Success, ""), (exitCode, error));
            Assert.Contains("The weights are random", output, StringComparison.Ordinal);
            Assert.Matches(@"One row behind 16 tokens reads its weights, keys and values at [\d.]+ GB/s: "
                + @"\d+ % of the memory bandwidth, measured in turns ", output);
            Assert.Matches(@"A pass over \d+ rows with the 8 most likely tokens of each takes [\d.]+ ms, with the most likely ", output);
            Assert.Matches(@"A prompt of 512 tokens takes \d+ ms up to its first token: \d+ G multiply-adds/s ", output);
            Assert.DoesNotContain(output, character => char.IsControl(character) && character != '\n');
            using JsonDocument json = JsonDocument.Parse(await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken));
            JsonElement[] rows = [.. json.RootElement.GetProperty("rows").EnumerateArray()];
            string[] fields =
                ["engine", "precision", "context", "rows", "milliseconds", "relative", "gigabytesPerSecond", "gigaMultiplyAddsPerSecond"];
            Assert.Equal(fields, rows[0].EnumerateObject().Select(property => property.Name));
            Assert.Equal((1, 64), (rows[0].GetProperty("rows").GetInt32(), rows[^1].GetProperty("rows").GetInt32()));
            Assert.Equal(("cpu", "bf16", 16, 1.0), (rows[0].GetProperty("engine").GetString(), rows[0].GetProperty("precision").GetString(),
                rows[0].GetProperty("context").GetInt32(), rows[0].GetProperty("relative").GetDouble()));
            Assert.True(json.RootElement.GetProperty("memoryBytesPerSecond").GetDouble() > 0);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task Calibrate_ChosenRows_MeasuresThemAndOneRow()
    {
        var (exitCode, output, error) = await RunAsync("calibrate", "--random-weights", "tiny", "--context", "16", "--rows", "8,5");
        Assert.Equal((ExitCode.Success, ""), (exitCode, error));
        IEnumerable<string> rows = output.Split('\n')
            .Where(line => line.StartsWith("| ", StringComparison.Ordinal) && char.IsDigit(line[2]));
        Assert.Equal(["1", "5", "8"], rows.Select(line => line.Split('|')[2].Trim()));
    }

    [Theory]
    [InlineData("compare")]
    [InlineData("generate", "--prompt", "hi")]
    [InlineData("calibrate", "--random-weights", "tiny")]
    [InlineData("kernels")]
    public async Task Run_OnAGpuThatIsNotThere_IsOneSentence(params string[] args)
    {
        Assert.SkipWhen(GpuContext.ListDevices().Count > 0, "This machine has a GPU.");
        var (exitCode, _, error) = await RunAsync([.. args, "--engine", "gpu"]);
        Assert.Equal(ExitCode.BadInput, exitCode);
        Assert.StartsWith("This machine has no GPU", error, StringComparison.Ordinal);
        Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task Kernels_OnTheEmulation_SaysThatItsTimesMeanNothing()
    {
        var (exitCode, output, error) = await RunAsync("kernels", "--engine", "gpu", "--device", "cpu-emulation");
        Assert.Equal((ExitCode.Success, ""), (exitCode, error));
        Assert.Contains("its times mean nothing", output, StringComparison.Ordinal);
        Assert.Contains("tree attention", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("0.8")]
    public async Task Compare_EmbeddedModel_IsIdenticalForEveryDrafter(string temperature)
    {
        SkipWithoutWeights();
        var (exitCode, output, error) = await RunAsync(
            "--limit", "2", "--max-new-tokens", "16", "--threads", "1", "--budget", "20", "--temperature", temperature);
        Assert.Equal((ExitCode.Success, ""), (exitCode, error));
        string[] rows = [.. output.Split('\n').Where(line => Regex.IsMatch(line, @"\d\.\d\dx "))];
        Assert.Equal(DrafterCatalog.Entries.Count, rows.Length);
        Assert.All(rows.Zip(DrafterCatalog.Entries), pair =>
        {
            Assert.Contains($" {pair.Second.Name} ", pair.First, StringComparison.Ordinal);
            Assert.Contains(pair.Second.DrawsDrafts && temperature != "0" ? " drawn " : " 2/2 ", pair.First, StringComparison.Ordinal);
        });
        Assert.DoesNotContain(output, character => char.IsControl(character) && character != '\n');
    }

    internal static void SkipWithoutWeights() => Assert.SkipUnless(
        File.Exists(Path.Combine(AppContext.BaseDirectory, "models", "target", "model.safetensors")),
        "The embedded model's weights are not there.");

    [Fact]
    public async Task Compare_DamagedChatTemplate_IsSaidBeforeAnythingIsMeasured()
    {
        SkipWithoutWeights();
        using CopiedModel copy = new("tokenizer_config.json", """{ "chat_template": "{% messages %}" }""");
        var (exitCode, output, error) = await RunAsync("--model", copy.Folder);
        Assert.Equal((ExitCode.BadInput, ""), (exitCode, output));
        Assert.Contains("chat_template: expected if, for, set", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--max-new-tokens", "2147483647")]
    [InlineData("--max-new-tokens", "2048")]
    public async Task Compare_NoQuestionFits_SaysSo(params string[] args)
    {
        SkipWithoutWeights();
        var (exitCode, output, error) = await RunAsync(["--limit", "1", "--drafters", "plain", .. args]);
        Assert.Equal((ExitCode.BadInput, 1), (exitCode, error.TrimEnd().Split('\n').Length));
        Assert.StartsWith("No question fits the model's context", error, StringComparison.Ordinal);
        Assert.Contains("is left out: its prompt of ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Compare_ContextOfOneToken_SaysThatNoQuestionFits()
    {
        SkipWithoutWeights();
        string config = await File.ReadAllTextAsync(
            Path.Combine(RepositoryFolder.EmbeddedModel, "config.json"), TestContext.Current.CancellationToken);
        using CopiedModel copy = new("config.json", config.Replace(
            "\"max_position_embeddings\": 2048", "\"max_position_embeddings\": 1", StringComparison.Ordinal));
        var (exitCode, _, error) = await RunAsync("--model", copy.Folder, "--limit", "1", "--budget", "1", "--drafters", "plain");
        Assert.Equal(ExitCode.BadInput, exitCode);
        Assert.StartsWith("No question fits the model's context", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Compare_BudgetBeyondAnyTree_TakesNoMemoryForIt()
    {
        SkipWithoutWeights();
        var (exitCode, _, error) = await RunAsync(
            [.. "--budget 2000000000 --limit 1 --max-new-tokens 4 --drafters token-recycling --model".Split(' '),
                RepositoryFolder.Model("target-small")]);
        Assert.Equal((ExitCode.Success, ""), (exitCode, error));
    }

    /// <summary>The embedded model's folder with one file replaced.</summary>
    sealed class CopiedModel : IDisposable
    {
        public CopiedModel(string name, string text)
        {
            foreach (string file in Directory.GetFiles(RepositoryFolder.EmbeddedModel))
                File.Copy(file, Path.Combine(Folder, Path.GetFileName(file)));
            File.WriteAllText(Path.Combine(Folder, name), text);
        }

        public string Folder { get; } = Directory.CreateTempSubdirectory("speculative-").FullName;

        public void Dispose() => Directory.Delete(Folder, recursive: true);
    }

    [Theory]
    [InlineData("attention")]
    [InlineData("calibrate")]
    public async Task Run_UnknownCacheFormat_IsOneSentence(string command)
    {
        var (exitCode, _, error) = await RunAsync(command, "--kv-cache", "int3");
        Assert.Equal(ExitCode.BadInput, exitCode);
        Assert.Contains("int3", error, StringComparison.Ordinal);
    }

    internal static async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] args)
    {
        StringWriter output = new(), error = new();
        int exitCode = await BenchProgram.RunAsync(args, Terminal.Plain(output, error), TestContext.Current.CancellationToken);
        return (exitCode, output.ToString(), error.ToString());
    }
}
