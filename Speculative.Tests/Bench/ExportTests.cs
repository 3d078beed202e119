using System.Buffers.Binary;
using Speculative.Bench;
using Speculative.Bench.Exporting;
using Speculative.Bench.Output;

namespace Speculative.Tests;

public sealed class ExportTests
{
    [Fact]
    public async Task Export_EmbeddedModel_GeneratesTheSameAnswer()
    {
        string folder = Directory.CreateTempSubdirectory("speculative-").FullName;
        try
        {
            string file = Path.Combine(folder, "target.gguf");
            var (exitCode, output, error) = await RunAsync("export", "--output", file);
            Assert.Equal((ExitCode.Success, ""), (exitCode, error));
            Assert.StartsWith($"{file}: target in bf16, ", output, StringComparison.Ordinal);
            string[] args = ["generate", "--prompt", "What is your name?", "--max-new-tokens", "24", "--drafter", "plain"];
            string expected = Answer((await RunAsync(args)).Output);
            Assert.Equal(expected, Answer((await RunAsync([.. args, "--model", file])).Output));
            Assert.Equal(expected, Answer((await RunAsync([.. args, "--model", folder])).Output));
            File.Copy(file, Path.Combine(folder, "second.gguf"));
            Assert.Contains("holds 2 .gguf files: give one of them.",
                (await RunAsync([.. args, "--model", folder])).Error, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Export_RandomWeights_AreReadBackWithoutATokenizer()
    {
        using TinyGguf gguf = new();
        var (exitCode, output, error) = await RunAsync("export", "--random-weights", "tiny", "--type", "q4_0", "--output", gguf.Path);
        Assert.Equal((ExitCode.Success, ""), (exitCode, error));
        Assert.EndsWith("MB, without a tokenizer\n", output, StringComparison.Ordinal);
        using GgufFile file = gguf.Open();
        Assert.Equal(RandomWeights.NamedShape("tiny").VocabularySize, file.Config.VocabularySize);
        Assert.Equal(ElementType.Q4_0, file.GetWeight("model.layers.1.mlp.down_proj.weight", 64, 160).Type);
        Assert.Contains("found 'none'", Assert.Throws<ModelFormatException>(() => Tokenizer.Load(file)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--type: expected one of f32, f16, bf16, q8_0, q4_0, found 'int8'.", "--output", "x.gguf", "--type", "int8")]
    [InlineData("--output: the folder '/no/such' does not exist.", "--output", "/no/such/x.gguf")]
    [InlineData("The model folder '/no/such' does not exist.", "--output", "x.gguf", "--model", "/no/such")]
    [InlineData("--model and --random-weights exclude each other: give one of them.",
        "--output", "x.gguf", "--model", "a", "--random-weights", "b")]
    public async Task Export_BadInput_IsOneSentence(string sentence, params string[] args)
    {
        var (exitCode, output, error) = await RunAsync(["export", .. args]);
        Assert.Equal((ExitCode.BadInput, "", sentence), (exitCode, output, error.Trim()));
    }

    [Fact]
    public async Task Export_Cancelled_LeavesNoFile()
    {
        using TinyGguf gguf = new();
        string[] args = ["export", "--random-weights", "tiny", "--output", gguf.Path];
        int exitCode = await BenchProgram.RunAsync(args, Terminal.Plain(TextWriter.Null, TextWriter.Null), new(canceled: true));
        Assert.Equal(ExitCode.Cancelled, exitCode);
        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(gguf.Path)!, Path.GetFileName(gguf.Path) + "*"));
    }

    [Fact]
    public void Encode_Blocks_ByHand()
    {
        float[] numbers = [.. Enumerable.Range(0, 32).Select(i => i - 16f)];
        byte[] eight = new byte[34], four = new byte[18];
        NumberEncoder.Encode(numbers, ElementType.Q8_0, eight);
        NumberEncoder.Encode(numbers, ElementType.Q4_0, four);
        Assert.Equal((Half)(16f / 127), BinaryPrimitives.ReadHalfLittleEndian(eight));
        Assert.Equal([-127, -119, -111], eight[2..5].Select(value => (int)(sbyte)value));
        // The scale is -16 / -8 = 2: -16 becomes nibble 0, its neighbour -15 is -7.5 steps, rounded up to 1; 0 is nibble 8, 15 is 15.5, cut
        // to 15.
        Assert.Equal((Half)2, BinaryPrimitives.ReadHalfLittleEndian(four));
        Assert.Equal([0 | 8 << 4, 1 | 9 << 4], four[2..4].Select(value => (int)value));
        Assert.Equal(8 | 15 << 4, four[17]);
    }

    [Theory]
    [InlineData(1.00390625f, 0x3F80)] // a tie: the even one below
    [InlineData(1.01171875f, 0x3F82)] // a tie: the even one above
    [InlineData(-1.005f, 0xBF81)]
    [InlineData(0f, 0)]
    public void Encode_UpperHalves_RoundToNearestEven(float value, int expected)
    {
        byte[] bytes = new byte[2];
        NumberEncoder.Encode([value], ElementType.BF16, bytes);
        Assert.Equal(expected, BinaryPrimitives.ReadUInt16LittleEndian(bytes));
    }

    /// <summary>The output without the last line, which holds times.</summary>
    static string Answer(string output) => string.Join('\n', output.TrimEnd().Split('\n')[..^1]);

    static async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] args)
    {
        StringWriter output = new(), error = new();
        int exitCode = await BenchProgram.RunAsync(args, Terminal.Plain(output, error), TestContext.Current.CancellationToken);
        return (exitCode, output.ToString(), error.ToString());
    }
}
