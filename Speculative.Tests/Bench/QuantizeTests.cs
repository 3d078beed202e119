using Speculative.Bench;
using Speculative.Bench.Output;

namespace Speculative.Tests;

public sealed class QuantizeTests
{
    [Fact]
    public async Task Quantize_EmbeddedModel_GeneratesTheAnswerOfPackingAtLoad()
    {
        Assert.SkipUnless(File.Exists(Path.Combine(ModelSource.EmbeddedFolder, "model.safetensors")),
            "The embedded model's weights are not there.");
        string folder = Directory.CreateTempSubdirectory("speculative-").FullName;
        try
        {
            string output = Path.Combine(folder, "packed");
            var (exitCode, text, error) = await RunAsync("quantize", "--output", output, "--precision", "int4");
            Assert.Equal((ExitCode.Success, ""), (exitCode, error));
            Assert.StartsWith($"{Path.Combine(output, "model.packed.safetensors")}: target in int4, ", text, StringComparison.Ordinal);
            string[] args = ["generate", "--prompt", "What is your name?", "--max-new-tokens", "24", "--drafter", "plain"];
            string expected = Answer((await RunAsync([.. args, "--precision", "int4"])).Output);
            Assert.Equal(expected, Answer((await RunAsync([.. args, "--model", output])).Output));
            Assert.Equal(expected, Answer((await RunAsync([.. args, "--model", output, "--precision", "int4"])).Output));
            var refused = await RunAsync([.. args, "--model", output, "--precision", "int8"]);
            Assert.Equal(ExitCode.BadInput, refused.ExitCode);
            Assert.Contains("holds weights packed as Int4, but Int8 is asked for", refused.Error, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("Option '--output' is required.", "quantize", "--precision", "int8")]
    [InlineData("int3", "quantize", "--precision", "int3", "--output", "x")]
    [InlineData("The model folder '/no/such' does not exist.", "quantize", "--model", "/no/such", "--precision", "int8", "--output", "x")]
    public async Task Quantize_BadInput_IsOneSentence(string named, params string[] args)
    {
        var (exitCode, _, error) = await RunAsync(args);
        Assert.Equal(ExitCode.BadInput, exitCode);
        Assert.Contains(named, error, StringComparison.Ordinal);
    }

    /// <summary>The text without the line of numbers that follows it.</summary>
    static string Answer(string output) => output.TrimEnd()[..output.TrimEnd().LastIndexOf('\n')];

    static async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] args)
    {
        StringWriter output = new(), error = new();
        int exitCode = await BenchProgram.RunAsync(args, Terminal.Plain(output, error), TestContext.Current.CancellationToken);
        return (exitCode, output.ToString(), error.ToString());
    }
}
