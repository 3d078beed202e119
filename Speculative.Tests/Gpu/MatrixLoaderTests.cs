using ILGPU;
using ILGPU.Runtime;

namespace Speculative.Tests;

/// <summary>Matrices as a model loads them, of several tensors and in several slabs: those of the tensor cores, emulated, beside the
/// portable ones.</summary>
[Collection(nameof(EmulatedTensorCoreFixture))]
public sealed class MatrixLoaderTests(EmulatedTensorCoreFixture fixture)
{
    const int Inputs = 128, Rows = 3;

    static readonly (string, int)[] Parts = [("q.weight", 80), ("k.weight", 48), ("v.weight", 16)];

    /// <summary>Activations are exact in bf16, integers in f32: only the order of the sums differs.</summary>
    [Theory]
    [InlineData(Precision.AsStored, 2 * Inputs * 144)]
    [InlineData(Precision.Int8, (Inputs + 8) * 144)]
    [InlineData(Precision.Int4, (Inputs / 2 + 8) * 144)]
    public void Matrix_OnTensorCores_MultipliesAsThePortableOne(Precision precision, long bytes)
    {
        using GpuContext context = GpuContext.Open(GpuDevice.EmulationName);
        float[] expected = Multiply(context, precision, ElementType.F32);
        context.Kernels.CompileProduct = _ => new([EmulatedTile(EmulatedProducts.Load<BFloat16Format>(fixture.Warps.Accelerator))]);
        context.Kernels.CompileQuantizedProduct = format => new(format, [EmulatedProducts.Load(fixture.Warps.Accelerator, 8, format)]);
        float[] actual = Multiply(context, precision, ElementType.BF16, bytes);
        for (int i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], actual[i], 1e-4f);
    }

    /// <summary>Three tensors of blocks make the panels that the CPU engine would make of one: the same kernel gives the same bits. The
    /// fragments of the tensor cores hold the same integers and scales.</summary>
    [Theory]
    [InlineData(ElementType.Q8_0, Precision.Int8)]
    [InlineData(ElementType.Q4_0, Precision.Int4)]
    public unsafe void Matrix_OfStoredBlocks_IsThatOfTheCpuEnginesPanels(ElementType type, Precision precision)
    {
        using GpuContext context = GpuContext.Open(GpuDevice.EmulationName);
        using MovedBlocks source = Blocks(type);
        byte[] blocks = [.. Parts.SelectMany(part =>
        {
            Weight weight = source.GetWeight(part.Item1, part.Item2, Inputs);
            return new ReadOnlySpan<byte>((void*)weight.Data, (int)weight.ByteLength).ToArray();
        })];
        byte[] panels = new byte[PanelFormats.ByteLength(precision, 144, Inputs)];
        fixed (byte* data = blocks, target = panels)
            PanelFormats.Pack(precision, new((nint)data, type, 144, Inputs), target);
        using DeviceArray<byte> weights = new(context.Accelerator, panels);
        using DeviceArray<float> x = new(context.Accelerator, Activations()), y = new(context.Accelerator, Rows * 144);
        context.Kernels.Quantized(precision == Precision.Int8 ? QuantizedFormat.Int8 : QuantizedFormat.Int4).Product.Launch(
            context.Accelerator.DefaultStream, Rows, Inputs, 144, weights, x, y);
        float[] expected = y.ToHost();
        Assert.Equal(expected, Multiply(context, Precision.AsStored, ElementType.F32, source: Blocks(type)));
        Assert.Equal(expected, Multiply(context, precision, ElementType.F32, source: Blocks(type)));
        context.Kernels.CompileProduct = _ => throw new NotSupportedException("No matrix in 16 bits.");
        context.Kernels.CompileQuantizedProduct = format => new(format, [EmulatedProducts.Load(fixture.Warps.Accelerator, 8, format)]);
        float[] actual = Multiply(context, Precision.AsStored, ElementType.BF16, source: Blocks(type));
        for (int i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], actual[i], 1e-4f);
    }

    static MovedBlocks Blocks(ElementType type) => new(new ConvertedWeights(new RandomWeights(TinyShapes.Llama), type));

    static float[] Activations() => [.. RandomTrees.Floats(Rows * Inputs, 2).Select(value => MathF.Round(value * 64) / 64)];

    static Action<AcceleratorStream, KernelConfig, int, int, int, int, ArrayView<Fragment>, ArrayView<Fragment>, ArrayView<float>>
        EmulatedTile(Action<AcceleratorStream, KernelConfig, int, int, int, int, ArrayView<Fragment>, ArrayView<ulong>, ArrayView<Fragment>,
            ArrayView<float>> kernel) =>
        (stream, config, rows, stages, outputs, splitStages, w, x, y) =>
            kernel(stream, config, rows, stages, outputs, splitStages, w, w.Cast<ulong>(), x, y);

    static float[] Multiply(
        GpuContext context, Precision precision, ElementType inputType, long? bytes = null, IWeightSource? source = null)
    {
        using StoredDeviceWeights weights = new(context.Accelerator, source ?? new RandomWeights(TinyShapes.Llama));
        using AcceleratorStream stream = context.Accelerator.CreateStream();
        using MatrixLoader loader = new(context, weights, precision, stream) { Slab = 32 * Inputs * sizeof(float) };
        using GpuMatrix matrix = loader.Load(Inputs, Parts);
        Assert.Equal(inputType, matrix.InputType);
        if (bytes is not null)
            Assert.Equal(bytes, matrix.ByteLength);
        using DeviceArray<float> x = new(context.Accelerator, [.. Activations(), .. new float[(Workspace.MaxRows - Rows) * Inputs]]);
        using DeviceArray<ushort> rounded = new(context.Accelerator, Workspace.MaxRows * Inputs);
        using DeviceArray<float> partials = new(context.Accelerator, matrix.Splits * Rows * matrix.Outputs);
        using DeviceArray<float> product = new(context.Accelerator, Rows * matrix.Outputs);
        context.Kernels.HalfRows.Launch(stream, Rows, Workspace.MaxRows, Inputs, x, rounded.Numbers(ElementType.BF16));
        matrix.Multiply(
            stream, Rows, inputType == ElementType.F32 ? x.Numbers(ElementType.F32) : rounded.Numbers(ElementType.BF16), partials);
        context.Kernels.SplitSum.Launch(stream, matrix.Splits, Rows * matrix.Outputs, partials, product);
        stream.Synchronize();
        return product.ToHost();
    }
}
