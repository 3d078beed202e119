using System.Text.RegularExpressions;
using Speculative.Bench;
using static Speculative.Tests.CommandLineTests;

namespace Speculative.Tests;

public sealed class GenerateTests
{
    [Fact]
    public async Task Generate_SeveralPrompts_AnswersThemInTurnAndReadsTheConversationOnce()
    {
        SkipWithoutWeights();
        string[] common = ["generate", "--drafter", "plain", "--max-new-tokens", "24", "--prompt", "Hi, how are you?"];
        var (_, first, _) = await RunAsync(common);
        var (exitCode, both, error) = await RunAsync([.. common, "--prompt", "Do you like music?"]);
        string[] lines = both.TrimEnd().Split('\n');
        Assert.Equal((ExitCode.Success, ""), (exitCode, error));
        Assert.Equal(first.Split('\n')[0], lines[0]);
        Assert.Matches(@"^\d\d of \d\d prompt tokens known; \d+ tokens in ", lines[^1]);
    }

    [Fact]
    public async Task Generate_WithAMatrix_BeginsWithWhatTheRunBeforeHasLearnt()
    {
        SkipWithoutWeights();
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            string[] args = ["generate", "--budget", "8", "--max-new-tokens", "24", "--matrix", path, "--prompt", "Hi, how are you?"];
            var (_, first, _) = await RunAsync(args);
            var (exitCode, second, error) = await RunAsync(args);
            Assert.Equal((ExitCode.Success, ""), (exitCode, error));
            Assert.Equal(first.Split('\n')[0], second.Split('\n')[0]);
            Assert.True(Tokens(second) > Tokens(first), $"{first}{second}");
            Assert.Equal(ExitCode.BadInput, (await RunAsync([.. args, "--state", "reset"])).ExitCode);
        }
        finally
        {
            File.Delete(path);
        }

        static double Tokens(string output) =>
            double.Parse(Regex.Match(output, "MAT ([0-9.]+)").Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>What lies behind a stop string was not said: the next turn does not hold it.</summary>
    [Fact]
    public async Task Generate_StopStringBetweenTurns_GoesOnFromWhatWasWritten()
    {
        SkipWithoutWeights();
        const string first = "Hi, how are you?", second = "Why?";
        string[] args = ["generate", "--drafter", "plain", "--max-new-tokens", "24", "--prompt", first, "--prompt", second, "--stop", "m"];
        var (exitCode, output, error) = await RunAsync(args);
        Assert.Equal((ExitCode.Success, ""), (exitCode, error));
        Assert.Contains("stop text found", output, StringComparison.Ordinal);
        string answer = output.Split('\n')[0];
        Assert.DoesNotContain("m", answer, StringComparison.Ordinal);
        int expected = Tokenizer.Load(ModelSource.EmbeddedFolder).Encode(ChatTemplate.Load(ModelSource.EmbeddedFolder).Apply(
            [new(ChatRole.User, first), new(ChatRole.Assistant, answer.Trim()), new(ChatRole.User, second)])).Length;
        Assert.Contains($" of {expected} prompt tokens known; ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Generate_OnTheEmulation_GivesTheAnswerOfTheCpuEngine()
    {
        SkipWithoutWeights();
        string[] args = ["generate", "--prompt", "Hi", "--max-new-tokens", "3", "--drafter", "plain"];
        var (exitCode, output, error) = await RunAsync([.. args, "--engine", "gpu", "--device", "cpu-emulation", "--kv-cache", "f32"]);
        Assert.Equal((ExitCode.Success, ""), (exitCode, error));
        Assert.Contains("its times mean nothing", output, StringComparison.Ordinal);
        Assert.StartsWith((await RunAsync(args)).Output.Split('\n')[0], output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Generate_EmbeddedModel_PrintsTheSameAnswerWithAndWithoutDrafts()
    {
        SkipWithoutWeights();
        string[] args = ["generate", "--prompt", "What is your name?", "--max-new-tokens", "24", "--budget", "10", "--drafter"];
        var (exitCode, output, error) = await RunAsync([.. args, "token-recycling"]);
        Assert.Equal((ExitCode.Success, ""), (exitCode, error));
        string[] lines = output.TrimEnd().Split('\n');
        Assert.Matches(@"^\d+ tokens in [\d.]+ s \([\d.]+ tokens/s\), \d+ steps, "
            + @"MAT [\d.]+ \([\d.]+ expected\), \d+ of \d+ drafted tokens ", lines[^1]);
        Assert.Matches(@", [\d.]+ % of the time drafting; .+\.$", lines[^1]);
        Assert.Equal(lines[..^1], (await RunAsync([.. args, "plain"])).Output.TrimEnd().Split('\n')[..^1]);
    }

    [Fact]
    public async Task Generate_BudgetAuto_IsTheDefault()
    {
        SkipWithoutWeights();
        var (exitCode, output, error) = await RunAsync(
            "generate", "--prompt", "Hi", "--max-new-tokens", "3", "--drafter", "token-recycling", "--budget", "auto");
        Assert.Equal((ExitCode.Success, ""), (exitCode, error));
        Assert.Contains("Budget auto", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Generate_PromptBeyondTheContext_IsRefused()
    {
        SkipWithoutWeights();
        var (exitCode, output, error) = await RunAsync("generate", "--prompt", string.Concat(Enumerable.Repeat("word ", 3000)));
        Assert.Equal((ExitCode.BadInput, ""), (exitCode, output));
        Assert.StartsWith("The context holds at most 2048 tokens, but ", error, StringComparison.Ordinal);
    }
}
