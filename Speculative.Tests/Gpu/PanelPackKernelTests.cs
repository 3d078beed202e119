using ILGPU;
using ILGPU.Runtime;

namespace Speculative.Tests;

public sealed unsafe class PanelPackKernelTests(CpuAcceleratorFixture fixture) : IClassFixture<CpuAcceleratorFixture>
{
    /// <summary>In two launches, which meet within a panel.</summary>
    [Theory]
    [InlineData(Precision.Int8, 37, 70)]
    [InlineData(Precision.Int4, 37, 70)]
    [InlineData(Precision.Int8, 1, 31)]
    [InlineData(Precision.Int4, 33, 32)]
    public void Panels_OfAnyWeights_AreThoseOfTheCpuEngine(Precision precision, int outputs, int inputs)
    {
        float[] weights = RandomTrees.Floats(outputs * inputs, inputs);
        weights.AsSpan(0, Math.Min(32, inputs)).Clear(); // a group without a scale
        for (int i = 32; i < Math.Min(64, weights.Length); i++)
            weights[i] *= 1e-6f; // a subnormal scale
        for (int i = inputs; i < weights.Length; i += 3)
            weights[i] = MathF.Round(weights[i] * 4) / 4; // ties
        byte[] expected = new byte[PanelFormats.ByteLength(precision, outputs, inputs)];
        fixed (float* data = weights)
        fixed (byte* panels = expected)
            PanelFormats.Pack(precision, new((nint)data, ElementType.F32, outputs, inputs), panels);
        QuantizedFormat format = precision == Precision.Int8 ? QuantizedFormat.Int8 : QuantizedFormat.Int4;
        // The places behind the last output keep what they held.
        byte[] before = [.. expected];
        using DeviceArray<byte> packed = new(fixture.Accelerator, PanelBytes.Clear(before, precision, inputs, 0, outputs));
        using DeviceArray<float> source = new(fixture.Accelerator, weights);
        PanelPackKernel kernel = new(fixture.Accelerator, format);
        int first = outputs / 2;
        AcceleratorStream stream = fixture.Accelerator.DefaultStream;
        ArrayView<float> rows = source;
        if (first > 0)
            kernel.Launch(stream, first, inputs, rows.SubView(0, first * inputs), 0, packed);
        kernel.Launch(stream, outputs - first, inputs, rows.SubView(first * inputs), first, packed);
        Assert.Equal(expected, packed.ToHost());
    }
}
