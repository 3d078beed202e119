using ILGPU;
using ILGPU.Runtime;

namespace Speculative;

/// <summary>Brings a model's tensors to the device, in the form that its kernels read.</summary>
sealed class MatrixLoader(GpuContext context, IDeviceWeights weights, Precision precision, AcceleratorStream stream)
    : IDisposable
{
    /// <summary>The bytes of a matrix that are repacked together.</summary>
    public const int SlabBytes = 64 << 20;

    const int TileRows = 16;

    /// <summary>The same of this loader; at least 32 rows of any matrix.</summary>
    public int Slab { get; init; } = SlabBytes;

    DeviceBuffer? slab, panelSlab;

    /// <summary>The format on the device of numbers that are not multiplied with scales.</summary>
    public static ElementType OnDevice(ElementType stored) =>
        stored is ElementType.BF16 or ElementType.F16 ? stored : ElementType.F32;

    /// <summary>The format with scales in which a matrix is multiplied; null where it is none.</summary>
    public static QuantizedFormat? QuantizedFor(Precision precision, ElementType stored) => (precision, stored) switch
    {
        (Precision.Int8, _) or (Precision.AsStored, ElementType.Q8_0) => QuantizedFormat.Int8,
        (Precision.Int4, _) or (Precision.AsStored, ElementType.Q4_0) => QuantizedFormat.Int4,
        _ => null,
    };

    /// <summary>One matrix of the outputs of several tensors, one after the other; all have the same inputs.</summary>
    public GpuMatrix Load(int inputs, params ReadOnlySpan<(string Name, int Outputs)> parts)
    {
        ElementType type = weights.TypeOf(parts[0].Name, parts[0].Outputs, inputs);
        int outputs = 0;
        bool tiles = context.Kernels.HasTensorCores;
        foreach ((string name, int rows) in parts)
        {
            type = weights.TypeOf(name, rows, inputs) == type ? type : ElementType.F32;
            tiles &= TensorMatrix.Fits(inputs, rows);
            outputs += rows;
        }
        if (QuantizedFor(precision, type) is { } format)
            return tiles ? LoadTiles(format, inputs, outputs, parts) : LoadPanels(format, inputs, outputs, parts);
        type = OnDevice(type);
        tiles &= type != ElementType.F32;
        DeviceBuffer memory = new(context, (long)inputs * outputs * DeviceNumbers.SizeOf(type), "A weight matrix");
        DeviceNumbers matrix = memory.Numbers(type);
        long first = 0;
        foreach ((string name, int rows) in parts)
        {
            DeviceNumbers part = matrix.Part(first, (long)rows * inputs);
            if (tiles)
                Pack(name, rows, inputs, part);
            else
                weights.Write(stream, new(name, rows, inputs, 0, rows), part);
            first += part.Length;
        }
        return tiles
            ? new TensorMatrix(context.Kernels.TensorProduct(type), memory, type, inputs, outputs)
            : new PortableMatrix(context, memory, type, inputs, outputs);
    }

    /// <summary>A table as it is stored.</summary>
    public (DeviceBuffer Memory, DeviceNumbers Numbers) LoadTable(string name, int rows, int columns)
    {
        ElementType type = OnDevice(weights.TypeOf(name, rows, columns));
        DeviceBuffer memory = new(context, (long)rows * columns * DeviceNumbers.SizeOf(type), "The embedding");
        DeviceNumbers numbers = memory.Numbers(type).Part(0, (long)rows * columns);
        weights.Write(stream, new(name, rows, columns, 0, rows), numbers);
        return (memory, numbers);
    }

    /// <summary>One F32 vector of several, one after the other.</summary>
    public DeviceBuffer LoadVector(params ReadOnlySpan<(string Name, int Length)> parts)
    {
        int length = 0;
        foreach ((_, int part) in parts)
            length += part;
        DeviceBuffer memory = new(context, (long)length * sizeof(float), "A weight vector");
        long first = 0;
        foreach ((string name, int part) in parts)
        {
            weights.Write(stream, new(name, 1, part, 0, 1), memory.Numbers(ElementType.F32).Part(first, part));
            first += part;
        }
        return memory;
    }

    public void Dispose()
    {
        slab?.Dispose();
        panelSlab?.Dispose();
    }

    QuantizedMatrix LoadPanels(QuantizedFormat format, int inputs, int outputs, ReadOnlySpan<(string Name, int Outputs)> parts)
    {
        DeviceBuffer panels = new(context, QuantizedProductKernel.PanelBytes(format, inputs, outputs), "A weight matrix");
        int first = 0;
        foreach ((string name, int rows) in parts)
            for (int row = 0, count; row < rows; row += count, first += count)
                count = WritePanels(format, new(name, rows, inputs, row, rows - row), first, panels.Bytes);
        return new(context.Kernels.Quantized(format).Product, panels, inputs, outputs);
    }

    QuantizedTensorMatrix LoadTiles(QuantizedFormat format, int inputs, int outputs, ReadOnlySpan<(string Name, int Outputs)> parts)
    {
        QuantizedKernels kernels = context.Kernels.Quantized(format);
        DeviceBuffer fragments = new(context, 16 * QuantizedPackKernel.Fragments(format, inputs, outputs), "A weight matrix");
        DeviceBuffer scales = new(context, sizeof(ulong) * QuantizedPackKernel.Scales(inputs, outputs), "A weight matrix");
        panelSlab ??= new(context, Slab / 2, "The work space for packing weights"); // int8 takes 17 bits of a slab's 64
        long first = 0;
        foreach ((string name, int rows) in parts)
            for (int row = 0, count; row < rows; row += count, first += count)
            {
                count = WritePanels(format, new(name, rows, inputs, row, rows - row), 0, panelSlab.Bytes);
                kernels.FragmentPack.Launch(stream, inputs, count, panelSlab.Bytes,
                    fragments.Bytes.Cast<Fragment>().SubView(
                        QuantizedPackKernel.Fragments(format, inputs, 1) * first, QuantizedPackKernel.Fragments(format, inputs, count)),
                    scales.Bytes.Cast<ulong>().SubView(
                        first / TileRows * QuantizedPackKernel.Scales(inputs, TileRows), QuantizedPackKernel.Scales(inputs, count)));
            }
        return new(context.Kernels.QuantizedTensorProduct(format), fragments, scales, inputs, outputs);
    }

    /// <summary>Writes panels of as many of the rows as the slab holds in single precision: blocks of the panels' own format as they
    /// are, as the CPU engine does, anything else rounded.</summary>
    int WritePanels(QuantizedFormat format, in TensorRows tensor, int firstOutput, ArrayView<byte> panels)
    {
        QuantizedKernels kernels = context.Kernels.Quantized(format);
        int inputs = tensor.Columns, count;
        if (weights.TypeOf(tensor.Name, tensor.Rows, inputs) != kernels.PanelCopy.Blocks)
        {
            DeviceNumbers staged = Stage(tensor.Name, tensor.Rows, inputs, tensor.First, ElementType.F32, out count);
            kernels.PanelPack.Launch(stream, count, inputs, staged.Singles, firstOutput, panels);
            return count;
        }
        slab ??= new(context, Slab, "The work space for packing weights");
        count = Math.Min(AtOnce(inputs, ElementType.F32), tensor.Count);
        ArrayView<byte> blocks = slab.Bytes.SubView(0, (long)count * (inputs / PanelLayout.Group) * kernels.PanelCopy.BlockBytes);
        weights.WriteStored(stream, tensor with { Count = count }, blocks);
        kernels.PanelCopy.Launch(stream, count, inputs, blocks, firstOutput, panels);
        return count;
    }

    int AtOnce(int inputs, ElementType type) =>
        Math.Max(1, Slab / (DeviceNumbers.SizeOf(type) * inputs * PanelLayout.Panel)) * PanelLayout.Panel;

    /// <summary>Writes as many rows from <paramref name="row"/> on as the slab holds, whole panels of them.</summary>
    DeviceNumbers Stage(string name, int rows, int inputs, int row, ElementType type, out int count)
    {
        slab ??= new(context, Slab, "The work space for packing weights");
        count = Math.Min(AtOnce(inputs, type), rows - row);
        DeviceNumbers staged = slab.Numbers(type).Part(0, (long)count * inputs);
        weights.Write(stream, new(name, rows, inputs, row, count), staged);
        return staged;
    }

    /// <summary>Packs a tensor into fragments, some tiles of rows at a time: neither needs room for it twice.</summary>
    void Pack(string name, int rows, int inputs, DeviceNumbers target)
    {
        for (int row = 0, count; row < rows; row += count)
        {
            DeviceNumbers staged = Stage(name, rows, inputs, row, target.Type, out count);
            context.Kernels.FragmentPack.Launch(
                stream, inputs, count, staged.Words, target.Part((long)row * inputs, (long)count * inputs).Bytes.Cast<Fragment>());
        }
    }
}
