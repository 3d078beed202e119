using System.Text.Json;
using Speculative.Bench;
using Speculative.Bench.Output;

namespace Speculative.Tests;

/// <summary>Ctrl+C: exit code 130, at once, after what was measured so far.</summary>
public sealed class CancellationTests
{
    /// <summary>
    /// While the questions are asked, and, with a drafter that needs a draft model, while that is opened: nothing goes on after it.
    /// </summary>
    [Theory]
    [InlineData("prompt-lookup", "No question was measured to its end.")]
    [InlineData("dyspec", "budget 10")]
    public async Task Compare_Cancelled_ReportsWhatThereIsAndEndsWithTheExitCodeOfCtrlC(string drafter, string end)
    {
        SkipWithoutWeights();
        using CancellationTokenSource cancellation = new();
        using CancellingWriter output = new(" questions, up to ", cancellation);
        string[] args = ["--budget", "10", "--drafters", drafter];
        int exitCode = await BenchProgram.RunAsync(args, Terminal.Plain(output, TextWriter.Null), cancellation.Token);
        Assert.Equal(ExitCode.Cancelled, exitCode);
        Assert.EndsWith(end, output.ToString().TrimEnd(), StringComparison.Ordinal);
    }

    /// <summary>Ctrl+C while the second target's model is opened: what the first one yielded is still reported and written.</summary>
    [Fact]
    public async Task Compare_CancelledBeforeTheSecondTarget_WritesTheFirst()
    {
        SkipWithoutWeights();
        string path = Path.GetTempFileName();
        try
        {
            using CancellationTokenSource cancellation = new();
            using CancellingWriter output = new("Reading the prompts, included", cancellation);
            string[] targets = ["--model", RepositoryFolder.Model("target-small"), "--model", RepositoryFolder.Model("target")];
            string[] args =
                [.. "compare --drafters prompt-lookup --budget 4 --limit 1 --max-new-tokens 2 --json".Split(' '), path, .. targets];
            Assert.Equal(
                ExitCode.Cancelled, await BenchProgram.RunAsync(args, Terminal.Plain(output, TextWriter.Null), cancellation.Token));
            using JsonDocument json = JsonDocument.Parse(await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken));
            Assert.NotEmpty(json.RootElement.GetProperty("rows").EnumerateArray());
            Assert.False(json.RootElement.GetProperty("complete").GetBoolean());
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>A second target that cannot be used takes nothing from what the first one yielded.</summary>
    [Fact]
    public async Task Compare_SecondTargetBroken_WritesTheFirst()
    {
        SkipWithoutWeights();
        DirectoryInfo folder = Directory.CreateTempSubdirectory("speculative-");
        try
        {
            string results = Path.Combine(folder.FullName, "results.json"), small = RepositoryFolder.Model("target-small");
            string broken = folder.CreateSubdirectory("broken").FullName;
            File.WriteAllText(Path.Combine(broken, "config.json"), "{}");
            var (exitCode, output, error) = await CommandLineTests.RunAsync(
                [.. "compare --drafters prompt-lookup --budget 4 --limit 1 --max-new-tokens 2 --json".Split(' '), results,
                    "--model", small, "--model", broken]);
            Assert.Equal(ExitCode.BadInput, exitCode);
            Assert.Single(error.TrimEnd().Split('\n'));
            Assert.Contains("prompt-lookup", output, StringComparison.Ordinal);
            using JsonDocument json = JsonDocument.Parse(await File.ReadAllTextAsync(results, TestContext.Current.CancellationToken));
            Assert.NotEmpty(json.RootElement.GetProperty("rows").EnumerateArray());
            Assert.False(json.RootElement.GetProperty("complete").GetBoolean());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>In the middle of an answer: what was said stays, and the last line says how far it came.</summary>
    [Fact]
    public async Task Generate_CancelledWhileItAnswers_ShowsWhatItSaidAndWhatThatTook()
    {
        SkipWithoutWeights();
        using CancellationTokenSource cancellation = new();
        using CancellingWriter output = new("", cancellation); // the first thing that is written
        string[] args = ["generate", "--budget", "4", "--prompt", "Tell me a story."];
        Assert.Equal(ExitCode.Cancelled, await BenchProgram.RunAsync(args, Terminal.Plain(output, TextWriter.Null), cancellation.Token));
        string[] lines = output.ToString().TrimEnd().Split('\n');
        Assert.Matches(@"^\w", lines[0]);
        Assert.Matches(@"^\d+ tokens in .*; cancelled\.$", lines[^1]);
    }

    [Theory]
    [InlineData("compare")]
    [InlineData("generate", "--prompt", "Hi")]
    [InlineData("calibrate", "--random-weights", "tiny")]
    [InlineData("perplexity")]
    public async Task Run_CancelledWhileTheModelIsOpened_EndsAtOnce(params string[] args)
    {
        SkipWithoutWeights();
        StringWriter output = new(), error = new();
        Assert.Equal(ExitCode.Cancelled, await BenchProgram.RunAsync(args, Terminal.Plain(output, error), new(canceled: true)));
        Assert.Equal(("", ""), (output.ToString(), error.ToString()));
    }

    /// <summary>What every measuring command does with its rows.</summary>
    [Fact]
    public void Collect_CancelledAfterTwo_KeepsThem()
    {
        using CancellationTokenSource cancellation = new();
        StringWriter error = new();
        Terminal terminal = Terminal.Plain(TextWriter.Null, error);
        List<int> found = [];
        Assert.Equal(ExitCode.Cancelled, Interruptible.Collect(terminal, Enumerable.Range(1, 5).Select(Measure), found));
        Assert.Equal([1, 2], found);
        Assert.Equal(ExitCode.Success, Interruptible.Collect(terminal, [3], found));
        Assert.Throws<OperationCanceledException>(() => Interruptible.Collect(terminal, Enumerable.Range(1, 5).Select(Measure), []));
        Assert.Equal("", error.ToString());
        Assert.Equal(ExitCode.Fault, Interruptible.Collect(
            terminal, Enumerable.Range(6, 2).Select(item => item < 7 ? item : throw new InvalidOperationException("seven")), found));
        Assert.Equal([1, 2, 3, 6], found);
        Assert.Equal("Unexpected InvalidOperationException: seven", error.ToString().TrimEnd());

        int Measure(int item)
        {
            cancellation.Token.ThrowIfCancellationRequested();
            if (item == 2)
                cancellation.Cancel();
            return item;
        }
    }

    /// <summary>Before anything was measured: no empty table.</summary>
    [Theory]
    [InlineData("The weights are random", "calibrate", "--random-weights", "tiny", "--rows", "2")]
    [InlineData(" threads", "kernels", "--precision", "int4", "--threads", "1")]
    [InlineData(" threads", "attention", "--context", "64", "--threads", "1")]
    public async Task Run_CancelledBeforeTheFirstFigure_EndsWithTheExitCodeOfCtrlC(string line, params string[] args)
    {
        using CancellationTokenSource cancellation = new();
        using CancellingWriter output = new(line, cancellation);
        Assert.Equal(ExitCode.Cancelled, await BenchProgram.RunAsync(args, Terminal.Plain(output, TextWriter.Null), cancellation.Token));
        Assert.DoesNotContain("|", output.ToString(), StringComparison.Ordinal);
    }

    static void SkipWithoutWeights() => Assert.SkipUnless(
        File.Exists(Path.Combine(ModelSource.EmbeddedFolder, "model.safetensors")), "The embedded model's weights are not there.");
}
