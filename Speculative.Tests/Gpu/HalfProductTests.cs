using ILGPU;
using ILGPU.Runtime;

namespace Speculative.Tests;

/// <summary>Products with bf16 and f16 weights on emulated tensor cores, and what packs their activations.</summary>
[Collection(nameof(EmulatedTensorCoreFixture))]
public sealed class HalfProductTests(EmulatedTensorCoreFixture fixture)
{
    const int Inputs = 128, Outputs = 48;

    [Theory]
    [InlineData(1, true)]
    [InlineData(7, false)]
    public void Product_OnEmulatedTensorCores_EqualsOracle(int rows, bool isBFloat16)
    {
        // Sixty-fourths up to 1 are exact in both formats.
        float[] x = Rounded(rows * Inputs, 1), weights = Rounded(Outputs * Inputs, 2);
        float[] actual = isBFloat16 ? Run<BFloat16Format>(x, weights, rows, Bits) : Run<Float16Format>(x, weights, rows, HalfBits);
        for (int i = 0; i < actual.Length; i++)
        {
            double expected = 0;
            for (int k = 0; k < Inputs; k++)
                expected += (double)x[i / Outputs * Inputs + k] * weights[i % Outputs * Inputs + k];
            Assert.Equal(expected, actual[i], 1e-4);
        }
    }

    [Fact]
    public void Float16Rows_RoundAndPadWithZeroRows()
    {
        float[] x = [1, 1 + 1f / 2048, 1 + 3f / 2048, -2.5f, -0f, 1e-8f, 65504, 65519, 1e6f, 4.1e-7f];
        using DeviceArray<float> source = new(fixture.Warps.Accelerator, x);
        using DeviceArray<ushort> packed = new(fixture.Warps.Accelerator, 30);
        new HalfRowsKernel(fixture.Warps.Accelerator).Launch(
            fixture.Warps.Accelerator.DefaultStream, 1, 3, 10, source, packed.Numbers(ElementType.F16));
        Assert.Equal([.. x.Select(HalfBits), .. new ushort[20]], packed.ToHost());
    }

    static float[] Rounded(int count, int seed) => [.. RandomTrees.Floats(count, seed).Select(value => MathF.Round(value * 64) / 64)];

    static ushort Bits(float value) => (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16);

    static ushort HalfBits(float value) => BitConverter.HalfToUInt16Bits((System.Half)value);

    float[] Run<TFormat>(float[] x, float[] weights, int rows, Func<float, ushort> bits) where TFormat : struct, IHalfFormat
    {
        Accelerator accelerator = fixture.Warps.Accelerator;
        AcceleratorStream stream = accelerator.DefaultStream;
        int splits = TensorProductKernel.Splits(Inputs, Outputs);
        using DeviceArray<ushort> source = new(accelerator, [.. weights.Select(bits)]);
        using DeviceArray<ushort> rowsPacked = new(accelerator, [.. x.Select(bits), .. new ushort[(8 - rows) * Inputs]]);
        using DeviceArray<Fragment> packed = new(accelerator, Outputs * Inputs / 8);
        using DeviceArray<ulong> noScales = new(accelerator, 1);
        using DeviceArray<float> partials = new(accelerator, splits * rows * Outputs), y = new(accelerator, rows * Outputs);
        new FragmentPackKernel(accelerator).Launch(stream, Inputs, Outputs, source, packed);
        EmulatedProducts.Load<TFormat>(accelerator)(
            stream, TensorProductKernel.Groups(Inputs, Outputs), rows, Inputs / 64, Outputs,
            TensorProductKernel.StagesPerSplit(Inputs, Outputs), packed, noScales, ((ArrayView<ushort>)rowsPacked).Cast<Fragment>(),
            partials);
        new SplitSumKernel(accelerator).Launch(stream, splits, rows * Outputs, partials, y);
        return y.ToHost();
    }
}
