namespace Speculative.Tests;

public sealed class SkinnyProductKernelTests(CpuAcceleratorFixture fixture) : IClassFixture<CpuAcceleratorFixture>
{
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(2, 31, 15)]
    [InlineData(15, 32, 16)]
    [InlineData(17, 33, 17)]
    [InlineData(33, 64, 33)]
    [InlineData(65, 65, 5)]
    [InlineData(128, 40, 18)]
    public void Product_InEveryFormat_EqualsOracle(int rows, int inputs, int outputs)
    {
        float[] x = RandomTrees.Floats(rows * inputs, rows);
        float[] weights = [.. RandomTrees.Floats(outputs * inputs, outputs)
            .Select(w => BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(w) & 0xffff0000))];
        float[] actual = Run(x, weights, rows, inputs, outputs);
        for (int i = 0; i < actual.Length; i++)
        {
            double expected = 0;
            for (int k = 0; k < inputs; k++)
                expected += (double)x[i / outputs * inputs + k] * weights[i % outputs * inputs + k];
            Assert.Equal(expected, actual[i], inputs * 1e-6);
        }
        Assert.Equal(actual, Run(x, weights, rows, inputs, outputs, ElementType.BF16));
        float[] halves = [.. weights.Select(w => (float)(Half)w)];
        Assert.Equal(Run(x, halves, rows, inputs, outputs), Run(x, halves, rows, inputs, outputs, ElementType.F16));
    }

    [Fact]
    public void Product_OfARow_GivesTheSameBitsWithAnyNumberOfRows()
    {
        const int Inputs = 70, Outputs = 18;
        float[] x = RandomTrees.Floats(128 * Inputs, 1), weights = RandomTrees.Floats(Outputs * Inputs, 2);
        float[] all = Run(x, weights, 128, Inputs, Outputs);
        foreach (int rows in (int[])[1, 2, 8, 33])
            Assert.Equal(all[(5 * Outputs)..((5 + rows) * Outputs)], Run(x[(5 * Inputs)..], weights, rows, Inputs, Outputs));
    }

    [Fact]
    public void Product_OfTooManyRows_IsRefused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Run(new float[129], [1], 129, 1, 1));

    float[] Run(float[] x, float[] weights, int rows, int inputs, int outputs, ElementType format = ElementType.F32)
    {
        using StoredArray w = new(fixture.Accelerator, weights, format);
        using DeviceArray<float> input = new(fixture.Accelerator, x), y = new(fixture.Accelerator, rows * outputs);
        new SkinnyProductKernel(fixture.Accelerator).Launch(fixture.Accelerator.DefaultStream, rows, inputs, outputs, w.Numbers, input, y);
        return y.ToHost();
    }
}
