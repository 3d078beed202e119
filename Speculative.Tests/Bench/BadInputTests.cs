using Speculative.Bench;

namespace Speculative.Tests;

/// <summary>What is wrong on a command line is said in one sentence, before anything is measured.</summary>
public sealed class BadInputTests
{
    [Theory]
    [InlineData("The model folder '/no/such' does not exist.", "compare", "--model", "/no/such")]
    [InlineData("The model folder '/no/such' does not exist.", "--model", "/no/such")]
    [InlineData("The model folder '/no/such' does not exist.", "generate", "--prompt", "hi", "--model", "/no/such")]
    [InlineData("The model folder '/no/such' does not exist.", "calibrate", "--model", "/no/such")]
    [InlineData("The question file '/no/such' does not exist.", "--questions", "/no/such")]
    [InlineData("Unknown drafter 'magic': expected one of plain, prompt-lookup, token-recycling", "--drafters", "plain,magic")]
    [InlineData("Unknown drafter 'magic': expected one of plain, prompt-lookup", "generate", "--prompt", "a", "--drafter", "magic")]
    [InlineData("--limit: expected a whole number of at least 1, found '0'.", "--limit", "0")]
    [InlineData("--limit: expected a whole number of at least 1, found '-3'.", "compare", "--limit", "-3")]
    [InlineData("--max-new-tokens: expected a whole number of at least 1, found 'many'.", "--max-new-tokens", "many")]
    [InlineData("--threads: expected a whole number from 1 to 1024, found '0'.", "calibrate", "--threads", "0")]
    [InlineData("--threads: expected a whole number from 1 to 1024, found '10000'.", "--threads", "10000")]
    [InlineData("--threads: expected a whole number from 1 to 1024, found '10000'.", "kernels", "--threads", "10000")]
    [InlineData("--precision: expected f32, bf16, int8, int4 or stored, found 'int3'.", "--precision", "int3")]
    [InlineData("--precision: expected f32, bf16, int8 or int4, found 'int3'.", "kernels", "--precision", "int8", "int3")]
    [InlineData("--state: expected keep or reset, found 'forget'.", "--state", "forget")]
    [InlineData("--engine: expected cpu or gpu, found 'fpga'.", "kernels", "--engine", "fpga")]
    [InlineData("--output: '/tmp' is a folder, expected a file.", "export", "--output", "/tmp")]
    [InlineData("--budget: expected a whole number of at least 1 or 'auto', found '0'.", "--budget", "0")]
    [InlineData("--temperature: expected a number of at least 0, found '-1'.", "--temperature", "-1")]
    [InlineData("--temperature: expected a number of at least 0, found 'NaN'.", "--temperature", "NaN")]
    [InlineData("--top-p: expected a number above 0, at most 1, found '1.5'.", "--temperature", "1", "--top-p", "1.5")]
    [InlineData("--draft-model: the model folder '/no/such' does not exist.", "--draft-model", "/no/such")]
    [InlineData("--draft-calibration: the file '/no/such' does not exist", "--draft-calibration", "/no/such")]
    [InlineData("--draft-calibration: the file '/no/such' does not exist",
        "generate", "--prompt", "a", "--drafter", "dyspec", "--draft-calibration", "/no/such")]
    [InlineData("--output", "calibrate-draft")]
    [InlineData("--output: the folder '/no/such' does not exist.", "calibrate-draft", "--output", "/no/such/file.json")]
    [InlineData("--draft-precision: expected f32, bf16, int8 or int4, found 'q8'.", "--draft-precision", "q8")]
    [InlineData("--draft-length: expected a whole number of at least 1, found '0'.",
        "calibrate-draft", "--output", "x", "--draft-length", "0")]
    [InlineData("--model: two models are named 'tmp': expected each once.", "--model", "/tmp", "--model", "/tmp/")]
    [InlineData("--model: expected one model, found 2.", "generate", "--prompt", "a", "--model", "/tmp", "--model", "/")]
    [InlineData("Unknown drafter 'magic'", "drafting", "--drafters", "magic")]
    [InlineData("--vocabulary: expected a whole number from 8 to 1048576, found '1'.", "drafting", "--vocabulary", "1")]
    [InlineData("--seed has no effect without sampling", "--seed", "1")]
    [InlineData("--context: expected a whole number of at least 0, found '-1'.", "calibrate", "--context", "-1")]
    [InlineData("--rows: expected whole numbers from 1 to 128, separated by commas, found '8,'.", "calibrate", "--rows", "8,")]
    [InlineData("--rows: expected whole numbers from 1 to 128, separated by commas, found '129'.", "calibrate", "--rows", "129")]
    [InlineData("--model and --random-weights exclude each other", "calibrate", "--model", "x", "--random-weights", "y")]
    [InlineData("--identity-layers: expected a whole number of at least 1, found '0'.", "--identity-layers", "0")]
    [InlineData("--identity-layers adds to a model that says something: leave it out beside --random-weights.",
        "calibrate", "--identity-layers", "1", "--random-weights", "tiny")]
    [InlineData("The prompt is empty", "generate", "--prompt", " ")]
    [InlineData("--prompt", "generate")]
    [InlineData("--json: the folder", "--json", "/no/such/file.json")]
    [InlineData("--chart: the folder", "--chart", "/no/such/file.svg")]
    [InlineData("--answers: the folder", "--answers", "/no/such/file.jsonl")]
    [InlineData("--device means nothing to the cpu engine: leave it out.", "calibrate", "--device", "0")]
    [InlineData("--threads means nothing to the gpu engine: leave it out.", "calibrate", "--engine", "gpu", "--threads", "2")]
    [InlineData("--device means nothing to the cpu engine: leave it out.", "kernels", "--device", "0")]
    [InlineData("--threads means nothing to the gpu engine: leave it out.", "kernels", "--engine", "gpu", "--threads", "2")]
    [InlineData("--matrix is token-recycling's: prompt-lookup learns none, leave it out.",
        "generate", "--prompt", "a", "--drafter", "prompt-lookup", "--matrix", "matrix.bin")]
    [InlineData("--matrix is token-recycling's: dyspec, s2d learns none, leave it out.", "--drafters", "dyspec,s2d", "--matrix", "m.bin")]
    [InlineData("--matrix is token-recycling's: plain decoding learns none, leave it out.", "--drafters", "plain", "--matrix", "m.bin")]
    [InlineData("--matrix: what one model taught is not another's", "--matrix", "m.bin", "--model", "/tmp", "--model", "/")]
    [InlineData("--chart draws drafters' speedups, and plain decoding alone has none: leave it out.",
        "--drafters", "plain", "--chart", "x.svg")]
    [InlineData("--draft-layers is for drafters that need a draft model, which token-recycling does not: leave it out.",
        "--drafters", "token-recycling", "--draft-layers", "2")]
    [InlineData("--draft-precision is for drafters that need a draft model, which plain decoding does not: leave it out.",
        "--drafters", "plain", "--draft-precision", "int4")]
    [InlineData("--context: expected a whole number from 1 to 1048576, found '2147483647'.", "attention", "--context", "2147483647")]
    [InlineData("--vocabulary: expected a whole number from 8 to 1048576, found '2000000000'.", "drafting", "--vocabulary", "2000000000")]
    [InlineData("--precision: expected int8, int4 or stored on this engine, found 'bf16'",
        "calibrate", "--engine", "gpu", "--precision", "bf16")]
    [InlineData("got 'huge'", "calibrate", "--engine", "gpu", "--random-weights", "huge")]
    [InlineData("nonsense", "nonsense")]
    [InlineData("--nonsense", "--nonsense")]
    public async Task Run_BadInput_IsOneSentenceAndExitCodeTwo(string sentence, params string[] args)
    {
        var (exitCode, output, error) = await CommandLineTests.RunAsync(args);
        Assert.Equal(ExitCode.BadInput, exitCode);
        Assert.Contains(sentence, error, StringComparison.Ordinal);
        Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Empty(output);
    }
}
