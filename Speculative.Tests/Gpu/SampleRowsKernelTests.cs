namespace Speculative.Tests;

public sealed class SampleRowsKernelTests(CpuAcceleratorFixture fixture) : IClassFixture<CpuAcceleratorFixture>
{
    public static TheoryData<int, float, int, float, float> Filters() => new()
    {
        { 1, 1, 0, 1, 0 },
        { 33, 1, 0, 1, 0 },
        { 300, .7f, 0, 1, 0 },
        { 300, 1.5f, 1, 1, 0 },
        { 300, 1, 20, 1, 0 },
        { 300, 1, 0, .8f, 0 },
        { 300, 1, 0, 1, .2f },
        { 300, .9f, 40, .9f, .05f },
        { 64, 1, 0, 1e-12f, 0 },
    };

    [Theory]
    [MemberData(nameof(Filters))]
    public void Sample_OfRowsWithTies_DrawsTheTokensOfTheChooser(int vocabulary, float temperature, int topK, float topP, float minP)
    {
        const int Rows = 24;
        // Quarters make many equal weights.
        float[] logits = [.. RandomTrees.Floats(Rows * vocabulary, vocabulary).Select(x => MathF.Round(x * 12) / 4)];
        int[] depths = [.. Enumerable.Range(0, Rows).Select(row => row % 7)];
        StochasticSampling sampling = new() { Temperature = temperature, TopK = topK, TopP = topP, MinP = minP, Seed = 42 };
        StochasticChooser chooser = new(sampling, vocabulary);
        RowsOutput output = new(logits, vocabulary);
        int[] expected = [.. Enumerable.Range(0, Rows).Select(row => chooser.Choose(output, row, 100 + depths[row]))];
        Assert.Equal(expected, Run(SamplingShape.Of(sampling, vocabulary, 100), depths, logits));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Sample_OfBrokenRow_IsMarked(float broken)
    {
        float[] logits = RandomTrees.Floats(3 * 40, 1);
        logits[40 + 17] = broken;
        int[] tokens = Run(SamplingShape.Of(new(), 40, 0), [0, 1, 2], logits);
        Assert.Equal(ArgMaxKernel.NonFinite, tokens[1]);
        Assert.True(tokens[0] >= 0 && tokens[2] >= 0);
    }

    [Fact]
    public void Sample_OfRowWithoutAnyToken_IsMarked() => Assert.Equal(
        [ArgMaxKernel.NonFinite], Run(SamplingShape.Of(new() { TopK = 3 }, 40, 0), [0], [.. Enumerable.Repeat(float.NegativeInfinity, 40)]));

    [Theory]
    [InlineData(1)]
    [InlineData(33)]
    [InlineData(500)]
    public void Softmax_OfRows_EqualsTheDistribution(int vocabulary)
    {
        float[] logits = [.. RandomTrees.Floats(3 * vocabulary, 5).Select(x => 9 * x)];
        using DeviceArray<float> input = new(fixture.Accelerator, logits), output = new(fixture.Accelerator, logits.Length);
        new SoftmaxRowsKernel(fixture.Accelerator).Launch(fixture.Accelerator.DefaultStream, 3, vocabulary, .8f, input, output);
        float[] actual = output.ToHost(), expected = new float[vocabulary];
        TokenDistribution distribution = new(new() { Temperature = .8f }, vocabulary);
        for (int row = 0; row < 3; row++)
        {
            distribution.Compute(new RowsOutput(logits, vocabulary), row, expected);
            for (int i = 0; i < vocabulary; i++)
                Assert.Equal(expected[i], actual[row * vocabulary + i], 2e-6); // two exponentials, of 24 bits each
        }
    }

    int[] Run(SamplingShape shape, int[] depths, float[] logits)
    {
        using DeviceArray<int> depthBuffer = new(fixture.Accelerator, depths), tokens = new(fixture.Accelerator, depths.Length);
        using DeviceArray<float> input = new(fixture.Accelerator, logits);
        new SampleRowsKernel(fixture.Accelerator).Launch(
            fixture.Accelerator.DefaultStream, depths.Length, shape, depthBuffer, input, tokens);
        return tokens.ToHost();
    }

    /// <summary>Given logits.</summary>
    sealed class RowsOutput(float[] logits, int vocabulary) : IModelOutput
    {
        public int NodeCount => logits.Length / vocabulary;

        public int VocabularySize => vocabulary;

        public int ArgMax(int node) => throw new NotSupportedException("Only logits are known.");

        public void TopK(int node, Span<int> tokenIds) => throw new NotSupportedException("Only logits are known.");

        public void CopyLogits(int node, Span<float> row) => logits.AsSpan(node * vocabulary, vocabulary).CopyTo(row);
    }
}
