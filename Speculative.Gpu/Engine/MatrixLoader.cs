using ILGPU.Runtime;

namespace Speculative;

/// <summary>Brings a model's tensors to the device, in the form that its kernels read.</summary>
sealed class MatrixLoader(GpuContext context, IDeviceWeights weights, AcceleratorStream stream) : IDisposable
{
    /// <summary>The bytes of a matrix that are repacked together.</summary>
    public const int SlabBytes = 64 << 20;

    const int TileRows = 16;

    DeviceBuffer? slab;

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
        ElementType type = weights.TypeOf(name, rows, columns);
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

    public void Dispose() => slab?.Dispose();

    /// <summary>Packs a tensor into fragments, some tiles of rows at a time: neither needs room for it twice.</summary>
    void Pack(string name, int rows, int inputs, DeviceNumbers target)
    {
        slab ??= new(context, SlabBytes, "The work space for packing weights");
        int atOnce = Math.Max(1, SlabBytes / (2 * inputs * TileRows)) * TileRows;
        for (int row = 0; row < rows; row += atOnce)
        {
            int count = Math.Min(atOnce, rows - row);
            DeviceNumbers staged = slab.Numbers(target.Type).Part(0, (long)count * inputs);
            weights.Write(stream, new(name, rows, inputs, row, count), staged);
            context.Kernels.FragmentPack.Launch(
                stream, inputs, count, staged.Words, target.Part((long)row * inputs, (long)count * inputs).Bytes.Cast<Fragment>());
        }
    }
}
