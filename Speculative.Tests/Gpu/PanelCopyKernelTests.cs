using ILGPU;
using ILGPU.Runtime;

namespace Speculative.Tests;

public sealed unsafe class PanelCopyKernelTests(CpuAcceleratorFixture fixture) : IClassFixture<CpuAcceleratorFixture>
{
    /// <summary>Any bytes at all, scales that are no numbers among them, in two launches that meet within a panel. The places behind the
    /// last output keep what they held.</summary>
    [Theory]
    [InlineData(Precision.Int8, 1, 32)]
    [InlineData(Precision.Int8, 31, 64)]
    [InlineData(Precision.Int8, 37, 96)]
    [InlineData(Precision.Int8, 64, 160)]
    [InlineData(Precision.Int4, 1, 32)]
    [InlineData(Precision.Int4, 33, 64)]
    [InlineData(Precision.Int4, 37, 96)]
    [InlineData(Precision.Int4, 65, 160)]
    public void Panels_OfAnyBlocks_AreThoseOfTheCpuEngine(Precision precision, int outputs, int inputs)
    {
        PanelCopyKernel kernel = new(fixture.Accelerator, precision == Precision.Int8 ? QuantizedFormat.Int8 : QuantizedFormat.Int4);
        Weight shape = new(0, kernel.Blocks, outputs, inputs);
        Assert.Equal(shape.RowByteLength, inputs / 32 * kernel.BlockBytes);
        byte[] blocks = new byte[shape.ByteLength], expected = new byte[PanelFormats.ByteLength(precision, outputs, inputs)];
        new Random(inputs).NextBytes(blocks);
        for (int at = 1; at < blocks.Length; at += kernel.BlockBytes)
            blocks[at] &= 0xFB; // the scale is finite
        fixed (byte* data = blocks, panels = expected)
            PanelFormats.Pack(precision, shape with { Data = (nint)data }, panels);
        using DeviceArray<byte> source = new(fixture.Accelerator, blocks), packed = new(fixture.Accelerator, new byte[expected.Length]);
        AcceleratorStream stream = fixture.Accelerator.DefaultStream;
        ArrayView<byte> rows = source;
        int first = outputs / 2;
        long bytes = first * shape.RowByteLength;
        if (first > 0)
            kernel.Launch(stream, first, inputs, rows.SubView(0, bytes), 0, packed);
        kernel.Launch(stream, outputs - first, inputs, rows.SubView(bytes), first, packed);
        // The CPU engine fills the last panel with zeros, which int8 stores as 128; the kernel leaves it alone.
        int last = PanelLayout.Panels(outputs) * PanelLayout.Panel;
        Assert.Equal(PanelBytes.Clear(expected, precision, inputs, outputs, last), packed.ToHost());
    }

    [Fact]
    public void Launch_WithSizesThatCannotBe_Throws()
    {
        PanelCopyKernel kernel = new(fixture.Accelerator, QuantizedFormat.Int4);
        using DeviceArray<byte> blocks = new(fixture.Accelerator, 18), panels = new(fixture.Accelerator, Int4Panel.GroupBytes);
        AcceleratorStream stream = fixture.Accelerator.DefaultStream;
        Assert.Throws<ArgumentException>(() => kernel.Launch(stream, 1, 40, blocks, 0, panels));
        Assert.Throws<ArgumentException>(() => kernel.Launch(stream, 2, 32, blocks, 0, panels));
        Assert.Throws<ArgumentException>(() => kernel.Launch(stream, 1, 32, blocks, 32, panels));
    }
}
