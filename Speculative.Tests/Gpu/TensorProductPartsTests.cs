using ILGPU.Runtime;

namespace Speculative.Tests;

/// <summary>The portable kernels around the tensor-core product.</summary>
public sealed class TensorProductPartsTests(CpuAcceleratorFixture fixture) : IClassFixture<CpuAcceleratorFixture>
{
    [Fact]
    public void FragmentPack_PutsEveryWeightWhereItsDefinitionSays()
    {
        const int Inputs = 48, Outputs = 32;
        ushort[] weights = [.. Enumerable.Range(0, Inputs * Outputs).Select(i => (ushort)i)];
        using DeviceArray<ushort> source = new(fixture.Accelerator, weights);
        using DeviceArray<Fragment> packed = new(fixture.Accelerator, weights.Length / 8);
        new FragmentPackKernel(fixture.Accelerator).Launch(fixture.Accelerator.DefaultStream, Inputs, Outputs, source, packed);
        Fragment[] fragments = packed.ToHost();
        for (int output = 0; output < Outputs; output++)
            for (int input = 0; input < Inputs; input++)
            {
                int lane = output % 8 * 4 + input % 8 / 2;
                Fragment fragment = fragments[(output / 16 * (Inputs / 16) + input / 16) * 32 + lane];
                uint pair = (output % 16 / 8, input % 16 / 8) switch
                {
                    (0, 0) => fragment.X,
                    (1, 0) => fragment.Y,
                    (0, 1) => fragment.Z,
                    _ => fragment.W,
                };
                Assert.Equal(weights[output * Inputs + input], (ushort)(pair >> input % 2 * 16));
            }
    }

    [Fact]
    public void BFloat16Rows_RoundToTheNearestEvenAndPadWithZeroRows()
    {
        float[] x = [1, 1 + 1f / 256, 1 + 3f / 256, 1 + 1.1f / 256, -1 - 1f / 256, 0, -0f, float.MaxValue, float.NegativeInfinity, 1e-45f];
        ushort[] expected = [0x3f80, 0x3f80, 0x3f82, 0x3f81, 0xbf80, 0, 0x8000, 0x7f80, 0xff80, 0];
        Assert.Equal([.. expected, .. new ushort[30]], Pack(x, rows: 2, tileRows: 8));
        Assert.True((Pack([float.NaN], 1, 1)[0] & 0x7fff) > 0x7f80);
    }

    [Fact]
    public void SplitSum_AddsInOrder()
    {
        float[] partials = RandomTrees.Floats(3 * 70, 1);
        using DeviceArray<float> source = new(fixture.Accelerator, partials), sums = new(fixture.Accelerator, 70);
        new SplitSumKernel(fixture.Accelerator).Launch(fixture.Accelerator.DefaultStream, 3, 70, source, sums);
        Assert.Equal([.. Enumerable.Range(0, 70).Select(i => partials[i] + partials[70 + i] + partials[140 + i])], sums.ToHost());
    }

    [Theory]
    [InlineData(64, 16, 1)]
    [InlineData(4096, 4096, 8)]
    [InlineData(4096, 6144, 6)]
    [InlineData(4096, 22016, 2)]
    [InlineData(4096, 32000, 1)]
    [InlineData(11008, 4096, 8)]
    public void Splits_FollowFromTheShape(int inputs, int outputs, int splits) =>
        Assert.Equal(splits, TensorProductKernel.Splits(inputs, outputs));

    [Fact]
    public void TensorProduct_WithoutCuda_IsRefused()
    {
        Assert.SkipWhen(fixture.Accelerator.AcceleratorType == AcceleratorType.Cuda, "This device has tensor cores.");
        Assert.Throws<NotSupportedException>(() => new TensorProductKernel(fixture.Accelerator));
    }

    ushort[] Pack(float[] x, int rows, int tileRows)
    {
        int inputs = x.Length / rows;
        using DeviceArray<float> source = new(fixture.Accelerator, x);
        using DeviceArray<ushort> packed = new(fixture.Accelerator, tileRows * inputs);
        new HalfRowsKernel(fixture.Accelerator).Launch(
            fixture.Accelerator.DefaultStream, rows, tileRows, inputs, source, packed.Numbers(ElementType.BF16));
        return packed.ToHost();
    }
}
