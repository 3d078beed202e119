using ILGPU;
using ILGPU.Runtime;

namespace Speculative.Tests;

/// <summary>The tensor-core product on a device; skipped where there is none.</summary>
public sealed class CudaTensorProductTests(CudaAcceleratorFixture fixture) : IClassFixture<CudaAcceleratorFixture>
{
    const int Inputs = 448, Outputs = 272;

    [Fact]
    public void Product_OfEveryTile_EqualsOracleAndGivesTheSameBitsWithAnyNumberOfRows()
    {
        float[] x = [.. RandomTrees.Floats(128 * Inputs, 1).Select(Truncate)];
        float[] weights = [.. RandomTrees.Floats(Outputs * Inputs, 2).Select(Truncate)];
        float[] all = Run(x, weights, 128);
        for (int i = 0; i < all.Length; i += 7)
        {
            double expected = 0;
            for (int k = 0; k < Inputs; k++)
                expected += (double)x[i / Outputs * Inputs + k] * weights[i % Outputs * Inputs + k];
            Assert.Equal(expected, all[i], 1e-3);
        }
        foreach (int rows in (int[])[1, 2, 7, 8, 9, 16, 17, 32, 33, 64, 65, 100])
            Assert.Equal(all[(5 * Outputs)..((5 + rows) * Outputs)], Run(x[(5 * Inputs)..], weights, rows));
    }

    static float Truncate(float value) => BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(value) & 0xffff0000);

    float[] Run(float[] x, float[] weights, int rows)
    {
        Accelerator accelerator = fixture.Accelerator;
        AcceleratorStream stream = accelerator.DefaultStream;
        int tileRows = TensorProductKernel.TileRows(rows), splits = TensorProductKernel.Splits(Inputs, Outputs);
        ushort[] rounded = [.. weights.Select(w => (ushort)(BitConverter.SingleToUInt32Bits(w) >> 16))];
        using DeviceArray<ushort> source = new(accelerator, rounded), rowsPacked = new(accelerator, tileRows * Inputs);
        using DeviceArray<Fragment> packed = new(accelerator, Outputs * Inputs / 8);
        using DeviceArray<float> input = new(accelerator, x), y = new(accelerator, rows * Outputs);
        using DeviceArray<float> partials = new(accelerator, splits * rows * Outputs);
        new FragmentPackKernel(accelerator).Launch(stream, Inputs, Outputs, source, packed);
        new HalfRowsKernel(accelerator).Launch(stream, rows, tileRows, Inputs, input, rowsPacked.Numbers(ElementType.BF16));
        ArrayView<ushort> rowsView = rowsPacked;
        new TensorProductKernel(accelerator).Launch(stream, rows, Inputs, Outputs, packed, rowsView.Cast<Fragment>(), partials);
        new SplitSumKernel(accelerator).Launch(stream, splits, rows * Outputs, partials, y);
        return y.ToHost();
    }
}
