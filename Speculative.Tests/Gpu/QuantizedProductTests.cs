using ILGPU;
using ILGPU.Runtime;

namespace Speculative.Tests;

/// <summary>Products with the CPU engine's int8 and int4 panels: portable, and on emulated tensor cores.</summary>
[Collection(nameof(EmulatedTensorCoreFixture))]
public sealed unsafe class QuantizedProductTests(EmulatedTensorCoreFixture fixture)
{
    public static TheoryData<int, int, int, bool> Shapes() => new()
    {
        { 1, 64, 16, true },
        { 9, 128, 48, true },
        { 3, 192, 16, false },
        { 17, 64, 80, false },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Product_OfPanels_IsTheSumOfTheirLevels(int rows, int inputs, int outputs, bool isInt8)
    {
        QuantizedFormat format = isInt8 ? QuantizedFormat.Int8 : QuantizedFormat.Int4;
        float[] weights = RandomTrees.Floats(outputs * inputs, 1);
        float[] x = [.. RandomTrees.Floats(rows * inputs, 2).Select(value => MathF.Round(value * 64) / 64)]; // exact in bf16
        byte[] panels = Pack(weights, inputs, outputs, isInt8);
        float[] portable = Portable(format, x, panels, rows, inputs, outputs);
        float[] tensor = Tensor(format, x, panels, rows, inputs, outputs);
        for (int i = 0; i < portable.Length; i++)
        {
            double expected = 0;
            for (int k = 0; k < inputs; k++)
                expected += (double)x[i / outputs * inputs + k] * Level(panels, i % outputs, k, inputs, isInt8);
            Assert.Equal(expected, portable[i], inputs * 1e-6);
            Assert.Equal(expected, tensor[i], inputs * 1e-6);
        }
    }

    [Fact]
    public void Product_OfARow_GivesTheSameBitsWithAnyNumberOfRows()
    {
        float[] x = [.. RandomTrees.Floats(20 * 128, 2).Select(value => MathF.Round(value * 64) / 64)];
        byte[] panels = Pack(RandomTrees.Floats(16 * 128, 1), 128, 16, isInt8: true);
        float[] all = Tensor(QuantizedFormat.Int8, x, panels, 20, 128, 16);
        Assert.Equal(all[(3 * 16)..(4 * 16)], Tensor(QuantizedFormat.Int8, x[(3 * 128)..(4 * 128)], panels, 1, 128, 16));
    }

    /// <summary>Splits of any length, whole numbers of what is brought at once or not: the bits are those of stage after stage.</summary>
    [Theory]
    [InlineData(8, true)]
    [InlineData(16, true)]
    [InlineData(32, true)]
    [InlineData(8, false)]
    [InlineData(16, false)]
    [InlineData(32, false)]
    public void Product_OfStagesBroughtTogether_GivesTheSameBitsAsOneByOne(int tileRows, bool isInt8)
    {
        const int Outputs = 48;
        QuantizedFormat format = isInt8 ? QuantizedFormat.Int8 : QuantizedFormat.Int4;
        Accelerator accelerator = fixture.Warps.Accelerator;
        var deep = EmulatedProducts.Load(accelerator, tileRows, format);
        var plain = EmulatedProducts.LoadByStages(accelerator, format);
        foreach ((int stages, int splitStages) in ((int, int)[])[(1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (9, 9), (7, 4), (8, 3), (6, 5)])
        {
            int inputs = 64 * stages;
            float[] x = [.. RandomTrees.Floats(8 * inputs, stages).Select(value => MathF.Round(value * 64) / 64)];
            byte[] panels = Pack(RandomTrees.Floats(Outputs * inputs, 1), inputs, Outputs, isInt8);
            Assert.Equal(
                Tensor(format, x, panels, 8, inputs, Outputs, (plain, 8, splitStages)),
                Tensor(format, x, panels, 8, inputs, Outputs, (deep, tileRows, splitStages)));
        }
    }

    static byte[] Pack(float[] weights, int inputs, int outputs, bool isInt8)
    {
        long bytes = PanelFormats.ByteLength(isInt8 ? Precision.Int8 : Precision.Int4, outputs, inputs);
        byte[] panels = new byte[bytes];
        for (int output = 0; output < outputs; output++)
            for (int group = 0; group < inputs / 32; group++)
                fixed (float* values = &weights[output * inputs + group * 32])
                fixed (byte* target = &panels[(output / 32 * (inputs / 32) + group) * GroupBytes(isInt8)])
                    if (isInt8)
                        Int8Panel.Pack(values, output % 32, target);
                    else
                        Int4Panel.Pack(values, output % 32, target);
        return panels;
    }

    static int GroupBytes(bool isInt8) => isInt8 ? Int8Panel.GroupBytes : Int4Panel.GroupBytes;

    static double Level(byte[] panels, int output, int input, int inputs, bool isInt8)
    {
        int at = (output / 32 * (inputs / 32) + input / 32) * GroupBytes(isInt8), i = input % 32;
        double scale = (double)BitConverter.ToHalf(panels, at + output % 32 * 2);
        if (isInt8)
            return scale * (panels[at + 64 + i / 4 * 128 + output % 32 * 4 + i % 4] - 128);
        int pair = panels[at + 64 + i / 8 * 128 + output % 32 * 4 + i % 4];
        return scale * ((i % 8 < 4 ? pair & 15 : pair >> 4) - 8);
    }

    float[] Portable(QuantizedFormat format, float[] x, byte[] panels, int rows, int inputs, int outputs)
    {
        using DeviceArray<byte> weights = new(fixture.Warps.Accelerator, panels);
        using DeviceArray<float> input = new(fixture.Warps.Accelerator, x), y = new(fixture.Warps.Accelerator, rows * outputs);
        new QuantizedProductKernel(fixture.Warps.Accelerator, format).Launch(
            fixture.Warps.Accelerator.DefaultStream, rows, inputs, outputs, weights, input, y);
        return y.ToHost();
    }

    float[] Tensor(QuantizedFormat format, float[] x, byte[] panels, int rows, int inputs, int outputs)
    {
        int tileRows = TensorProductKernel.TileRows(rows);
        return Tensor(format, x, panels, rows, inputs, outputs,
            (EmulatedProducts.Load(fixture.Warps.Accelerator, tileRows, format), tileRows,
                TensorProductKernel.StagesPerSplit(inputs, outputs)));
    }

    float[] Tensor(
        QuantizedFormat format, float[] x, byte[] panels, int rows, int inputs, int outputs,
        (Action<AcceleratorStream, KernelConfig, int, int, int, int, ArrayView<Fragment>, ArrayView<ulong>, ArrayView<Fragment>,
            ArrayView<float>> Kernel, int TileRows, int SplitStages) launch)
    {
        Accelerator accelerator = fixture.Warps.Accelerator;
        AcceleratorStream stream = accelerator.DefaultStream;
        int tileRows = launch.TileRows, splits = (inputs / 64 - 1) / launch.SplitStages + 1;
        KernelConfig grid = (new Index2D((outputs - 1) / 128 + 1, splits), new Index2D(TensorProductKernel.Threads, 1));
        using DeviceArray<byte> panelBuffer = new(accelerator, panels);
        using DeviceArray<Fragment> weights = new(accelerator, (int)QuantizedPackKernel.Fragments(format, inputs, outputs));
        using DeviceArray<ulong> scales = new(accelerator, (int)QuantizedPackKernel.Scales(inputs, outputs));
        using DeviceArray<float> input = new(accelerator, x), y = new(accelerator, rows * outputs);
        using DeviceArray<float> partials = new(accelerator, splits * rows * outputs);
        using DeviceArray<ushort> rowsPacked = new(accelerator, tileRows * inputs);
        new QuantizedPackKernel(accelerator, format).Launch(stream, inputs, outputs, panelBuffer, weights, scales);
        new HalfRowsKernel(accelerator).Launch(stream, rows, tileRows, inputs, input, rowsPacked.Numbers(ElementType.BF16));
        launch.Kernel(
            stream, grid, rows, inputs / 64, outputs, launch.SplitStages, weights, scales,
            ((ArrayView<ushort>)rowsPacked).Cast<Fragment>(), partials);
        new SplitSumKernel(accelerator).Launch(stream, splits, rows * outputs, partials, y);
        return y.ToHost();
    }
}
