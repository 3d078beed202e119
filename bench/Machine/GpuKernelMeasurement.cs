using ILGPU;
using ILGPU.Runtime;
using Speculative.Bench.Commands;

namespace Speculative.Bench.Machine;

/// <summary>Times the kernels of a pass by themselves at the sizes of a 7- or 8-billion-parameter model (tiny ones on the
/// emulation).</summary>
sealed class GpuKernelMeasurement : IDisposable
{
    /// <summary>What takes turns is so many bytes together, beyond any cache: in a model, other layers were read before.</summary>
    const long BeyondCaches = 256 << 20;

    readonly GpuContext context;
    readonly AcceleratorStream stream;
    readonly GpuKernelTimer timer;
    readonly ModelConfig config;
    readonly int longest;
    readonly IReadOnlyList<string> precisions;

    /// <summary>Prepares; takes memory as kernels are measured.</summary>
    /// <param name="context">The device.</param>
    /// <param name="precisions">The number formats of the products, as the command line spells them.</param>
    public GpuKernelMeasurement(GpuContext context, IReadOnlyList<string> precisions)
    {
        this.context = context;
        this.precisions = precisions;
        bool emulates = context.Device.Kind == GpuDeviceKind.CpuEmulation;
        config = RandomWeights.NamedShape(emulates ? "tiny" : "llama-8b");
        longest = emulates ? 64 : 131072;
        stream = context.Accelerator.CreateStream();
        timer = new(context, stream);
    }

    /// <summary>Multiply-adds of the tensor cores in registers, two operations each, a second; 0 where there are none.</summary>
    public double ProductRate(CancellationToken cancellationToken)
    {
        if (!context.Kernels.HasTensorCores)
            return 0;
        TensorRateKernel kernel = new(context.Accelerator);
        using DeviceBuffer sums = new(context, TensorRateKernel.SumBytes, "The measurement of the product rate");
        double seconds = timer.Time(_ => kernel.Launch(stream, sums.Singles), cancellationToken);
        return TensorRateKernel.Operations / seconds;
    }

    /// <summary>The kernels in the order of a pass.</summary>
    public IEnumerable<GpuKernelRow> Measure(double copy, double rate, CancellationToken cancellationToken)
    {
        foreach (string precision in precisions)
            foreach (GpuKernelRow row in Products(precision, copy, rate, cancellationToken))
                yield return row;
        foreach (int length in (int[])[4096, 32768, 131072])
            foreach (int nodes in (int[])[1, 16, 64, 1024])
                foreach (GpuKernelRow row in Attention(Math.Min(length, longest), nodes, copy, rate, cancellationToken))
                    yield return row;
        foreach (int rows in (int[])[1, 64])
            yield return Norm(rows, copy, cancellationToken);
    }

    /// <summary>Frees everything.</summary>
    public void Dispose()
    {
        stream.Synchronize();
        timer.Dispose();
        stream.Dispose();
    }

    IEnumerable<GpuKernelRow> Products(string precision, double copy, double rate, CancellationToken cancellationToken)
    {
        using RandomDeviceWeights weights = new(context, config, precision == "f32" ? ElementType.F32 : ElementType.BF16, 1);
        Precision packed = precision.StartsWith("int", StringComparison.Ordinal) ? EngineOptions.Precisions[precision] : Precision.AsStored;
        foreach ((string name, int inputs, int outputs) in ((string, int, int)[])[
            ("qkv product", config.HiddenSize, config.QuerySize + 2 * config.KeyValueSize),
            ("output product", config.QuerySize, config.HiddenSize),
            ("gate-up product", config.HiddenSize, 2 * config.IntermediateSize),
            ("down product", config.IntermediateSize, config.HiddenSize)])
        {
            List<GpuMatrix> matrices = [];
            using (MatrixLoader loader = new(context, weights, packed, stream))
                while (matrices.Count == 0 || matrices.Count < Turns(matrices[0].ByteLength))
                    matrices.Add(loader.Load(inputs, ($"{name}{matrices.Count}", outputs)));
            using DeviceBuffer x = Random(Workspace.MaxRows * (long)inputs, matrices[0].InputType);
            using DeviceBuffer y = new(context, 4L * Workspace.MaxRows * matrices[0].Splits * outputs, "A measured product");
            foreach (int rows in (int[])[1, 2, 4, 8, 16, 32, 64, 128])
            {
                double seconds = timer.Time(
                    i => matrices[i % matrices.Count].Multiply(stream, rows, x.Numbers(matrices[0].InputType), y.Singles), cancellationToken);
                double bytes = matrices[0].ByteLength + 2.0 * rows * inputs + 4.0 * rows * outputs;
                yield return Row(
                    $"{name}, {precision}", $"{inputs} x {outputs}", rows, seconds, bytes, 2.0 * rows * inputs * outputs, copy, rate);
            }
            matrices.ForEach(matrix => matrix.Dispose());
        }
    }

    /// <summary>Attention of a binary tree, in passes as a model makes them: portable, and on tensor cores where there are any; of a large
    /// tree also by paths, which a model would read by subtrees.</summary>
    IEnumerable<GpuKernelRow> Attention(int length, int nodes, double copy, double rate, CancellationToken cancellationToken)
    {
        using TensorAttention? tensorCores = TensorAttention.TryCreate(context, config, new() { CacheFormat = ElementType.BF16 });
        int heads = config.HeadCount, kvHeads = config.KeyValueHeadCount, size = config.HeadSize, least = Math.Max(nodes, 3);
        long elements = (long)(length + nodes) * kvHeads * size;
        int turns = Turns(4 * elements);
        using DeviceBuffer keyBuffer = Random(turns * elements, ElementType.BF16), valueBuffer = Random(turns * elements, ElementType.BF16);
        DeviceNumbers keys = keyBuffer.Numbers(ElementType.BF16), values = valueBuffer.Numbers(ElementType.BF16);
        using DeviceBuffer queries = Random((long)Workspace.MaxRows * heads * size, ElementType.F32);
        using DeviceBuffer output = new(context, 4L * Workspace.MaxRows * heads * size, "Attention");
        using HostIntegers integers = new(context.Accelerator);
        using DeviceTree tree = new(context, least);
        tree.Take(BinaryTree(least), 0, stream, integers); // not of one or two nodes: a chain has no tables
        using DeviceBuffer committed = new(context, sizeof(int), "Attention");
        integers.Send(stream, [length], committed.Integers);
        if (nodes <= 64)
            yield return Measure("portable", 0, (tables, turn) => context.Kernels.Attention.Launch(
                stream, tables.Shape(config), committed.Integers, tables.Depths, tables.Ancestors, queries.Singles,
                keys.Part(turn * elements, elements), values.Part(turn * elements, elements), output.Singles));
        if (tensorCores is null)
            yield break;
        tensorCores.Reserve(stream, tree.Tables(length, 0, Math.Min(Workspace.MaxRows, nodes)));
        yield return Measure("tensor cores", rate, OnTensorCores);
        if (nodes > 64)
            yield return Measure(
                "tensor cores, by paths", rate, (tables, turn) => OnTensorCores(tables with { Ends = ArrayView<int>.Empty }, turn));

        void OnTensorCores(TreeTables tables, int turn) => tensorCores.Launch(
            stream, tables, committed.Integers, queries.Singles, keys.Part(turn * elements, elements),
            values.Part(turn * elements, elements), output.Numbers(ElementType.F32));

        GpuKernelRow Measure(string kernel, double limit, Action<TreeTables, int> launch)
        {
            double seconds = timer.Time(i =>
            {
                for (int first = 0; first < nodes; first += Workspace.MaxRows)
                    launch(tree.Tables(length, first, Math.Min(Workspace.MaxRows, nodes - first)), i % turns);
            }, cancellationToken);
            return Row($"tree attention, {kernel}", $"context {length}, {heads}/{kvHeads} heads of {size}", nodes, seconds,
                4.0 * elements, 4.0 * length * nodes * heads * size, copy, limit);
        }
    }

    int Turns(long bytes) => longest < 4096 ? 2 : (int)Math.Max(2, (BeyondCaches - 1) / bytes + 1);

    static DraftTree BinaryTree(int nodes)
    {
        DraftTree tree = new(nodes);
        tree.Reset(0, nodes);
        for (int node = 1; node < nodes; node++)
            tree.Add((node - 1) / 2, node);
        return tree;
    }

    GpuKernelRow Norm(int rows, double copy, CancellationToken cancellationToken)
    {
        int size = config.HiddenSize;
        using DeviceBuffer x = Random((long)rows * size, ElementType.F32), partials = Random((long)rows * size, ElementType.F32);
        using DeviceBuffer weight = Random(size, ElementType.F32);
        using DeviceBuffer normed = new(context, 4L * rows * size, "A norm");
        double seconds = timer.Time(_ => context.Kernels.ResidualNorm.Launch(
            stream, rows, size, 1, 1e-5f, x.Singles, partials.Singles, weight.Singles, normed.Numbers(ElementType.BF16)),
            cancellationToken);
        return Row("residual + norm", $"{size}", rows, seconds, 14.0 * rows * size, 4.0 * rows * size, copy, 0);
    }

    DeviceBuffer Random(long count, ElementType type)
    {
        DeviceBuffer buffer = new(context, count * DeviceNumbers.SizeOf(type), "A measured input");
        context.Kernels.RandomFill.Launch(stream, buffer.Numbers(type), new("input", 1, 1), 0, type);
        return buffer;
    }

    static GpuKernelRow Row(
        string kernel, string shape, int rows, double seconds, double bytes, double operations, double copy, double rate) => new(
        kernel, shape, rows, seconds * 1e6, bytes / seconds / 1e9, bytes / seconds / copy, operations / seconds / 1e12,
        rate > 0 ? operations / seconds / rate : 0);
}
