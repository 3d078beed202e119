namespace Speculative.Tests;

public sealed class ArgMaxKernelTests(CpuAcceleratorFixture fixture) : IClassFixture<CpuAcceleratorFixture>
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(31)]
    [InlineData(32)]
    [InlineData(33)]
    [InlineData(1000)]
    public void ArgMax_OfRowsWithManyTies_IsTheLowestIdOfTheLargest(int vocabulary)
    {
        const int Rows = 7;
        float[] logits = [.. RandomTrees.Floats(Rows * vocabulary, vocabulary).Select(x => MathF.Round(x * 3))];
        int[] expected = new int[Rows];
        for (int i = 0; i < logits.Length; i++)
            if (logits[i] > logits[i / vocabulary * vocabulary + expected[i / vocabulary]])
                expected[i / vocabulary] = i % vocabulary;
        Assert.Equal(expected, Run(logits, vocabulary));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void ArgMax_OfRowWithNonFiniteLogit_IsMarkedAndItsNeighboursAreNot(float broken)
    {
        float[] logits = RandomTrees.Floats(3 * 70, 1);
        foreach (int at in (int[])[0, 33, 69])
        {
            float[] damaged = [.. logits];
            damaged[70 + at] = broken;
            int[] tokens = Run(damaged, 70), sound = Run(logits, 70);
            Assert.Equal([sound[0], ArgMaxKernel.NonFinite, sound[2]], tokens);
        }
    }

    [Fact]
    public void ArgMax_OfNegativeInfinityOnly_IsTheFirstToken() =>
        Assert.Equal([0], Run([.. Enumerable.Repeat(float.NegativeInfinity, 40)], 40));

    int[] Run(float[] logits, int vocabulary)
    {
        int rows = logits.Length / vocabulary;
        using DeviceArray<float> input = new(fixture.Accelerator, logits);
        using DeviceArray<int> tokens = new(fixture.Accelerator, rows);
        new ArgMaxKernel(fixture.Accelerator).Launch(fixture.Accelerator.DefaultStream, rows, vocabulary, input, tokens);
        return tokens.ToHost();
    }
}
