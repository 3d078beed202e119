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
        ushort[] rounded = [.. RandomTrees.Floats(outputs * inputs, outputs)
            .Select(w => (ushort)(BitConverter.SingleToUInt32Bits(w) >> 16))];
        float[] weights = [.. rounded.Select(w => BitConverter.UInt32BitsToSingle((uint)w << 16))];
        float[] actual = RunFloat32(x, weights, rows, inputs, outputs);
        for (int i = 0; i < actual.Length; i++)
        {
            double expected = 0;
            for (int k = 0; k < inputs; k++)
                expected += (double)x[i / outputs * inputs + k] * weights[i % outputs * inputs + k];
            Assert.Equal(expected, actual[i], inputs * 1e-6);
        }
        Assert.Equal(actual, RunBFloat16(x, rounded, rows, inputs, outputs));
        ILGPU.Half[] halves = [.. weights.Select(w => (ILGPU.Half)w)];
        Assert.Equal(
            RunFloat32(x, [.. halves.Select(w => (float)w)], rows, inputs, outputs), RunFloat16(x, halves, rows, inputs, outputs));
    }

    [Fact]
    public void Product_OfARow_GivesTheSameBitsWithAnyNumberOfRows()
    {
        const int Inputs = 70, Outputs = 18;
        float[] x = RandomTrees.Floats(128 * Inputs, 1), weights = RandomTrees.Floats(Outputs * Inputs, 2);
        float[] all = RunFloat32(x, weights, 128, Inputs, Outputs);
        foreach (int rows in (int[])[1, 2, 8, 33])
            Assert.Equal(all[(5 * Outputs)..((5 + rows) * Outputs)], RunFloat32(x[(5 * Inputs)..], weights, rows, Inputs, Outputs));
    }

    [Fact]
    public void Product_OfTooManyRows_IsRefused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => RunFloat32(new float[129], [1], 129, 1, 1));

    float[] RunFloat32(float[] x, float[] weights, int rows, int inputs, int outputs)
    {
        using DeviceArray<float> w = new(fixture.Accelerator, weights), input = new(fixture.Accelerator, x);
        using DeviceArray<float> y = new(fixture.Accelerator, rows * outputs);
        new SkinnyProductKernel(fixture.Accelerator).Launch(fixture.Accelerator.DefaultStream, rows, inputs, outputs, w, input, y);
        return y.ToHost();
    }

    float[] RunBFloat16(float[] x, ushort[] weights, int rows, int inputs, int outputs)
    {
        using DeviceArray<ushort> w = new(fixture.Accelerator, weights);
        using DeviceArray<float> input = new(fixture.Accelerator, x), y = new(fixture.Accelerator, rows * outputs);
        new SkinnyProductKernel(fixture.Accelerator).Launch(fixture.Accelerator.DefaultStream, rows, inputs, outputs, w, input, y);
        return y.ToHost();
    }

    float[] RunFloat16(float[] x, ILGPU.Half[] weights, int rows, int inputs, int outputs)
    {
        using DeviceArray<ILGPU.Half> w = new(fixture.Accelerator, weights);
        using DeviceArray<float> input = new(fixture.Accelerator, x), y = new(fixture.Accelerator, rows * outputs);
        new SkinnyProductKernel(fixture.Accelerator).Launch(fixture.Accelerator.DefaultStream, rows, inputs, outputs, w, input, y);
        return y.ToHost();
    }
}
