using System.Collections.Concurrent;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace Speculative;

/// <summary>
/// The kernels of a device, loaded once. Where an operation has a faster kernel for a device than the portable one, this is where it is
/// chosen.
/// </summary>
sealed class GpuKernels(Accelerator accelerator)
{
    readonly ConcurrentDictionary<ElementType, TensorProductKernel> products = new();

    readonly ConcurrentDictionary<QuantizedFormat, QuantizedTensorProductKernel> quantizedProducts = new();

    readonly Lazy<SampleRowsKernel> sampleRows = new(() => new(accelerator));

    readonly Lazy<QuantizedKernels> int8 = new(() => new(accelerator, QuantizedFormat.Int8)),
        int4 = new(() => new(accelerator, QuantizedFormat.Int4));

    public EmbeddingKernel Embedding { get; } = new(accelerator);

    public ResidualNormKernel ResidualNorm { get; } = new(accelerator);

    public SkinnyProductKernel Product { get; } = new(accelerator);

    public FragmentPackKernel FragmentPack { get; } = new(accelerator);

    public HalfRowsKernel HalfRows { get; } = new(accelerator);

    public RotaryAppendKernel RotaryAppend { get; } = new(accelerator);

    public AncestorTableKernel AncestorTable { get; } = new(accelerator);

    public TreeAttentionKernel Attention { get; } = new(accelerator);

    public SiluGateKernel Gate { get; } = new(accelerator);

    public SplitSumKernel SplitSum { get; } = new(accelerator);

    public ArgMaxKernel ArgMax { get; } = new(accelerator);

    public TopKKernel TopK { get; } = new(accelerator);

    /// <summary>Compiled when it is first asked for: greedy decoding needs none.</summary>
    public SampleRowsKernel SampleRows => sampleRows.Value;

    public KvCompactionKernel Compaction { get; } = new(accelerator);

    public RandomFillKernel RandomFill { get; } = new(accelerator);

    /// <summary>Whether products run on tensor cores that this library reaches.</summary>
    public bool HasTensorCores => CompileProduct is not null;

    /// <summary>Compiles the tensor-core attention of a head size and cache format; null where the device has no tensor cores. Tests put
    /// their twin here, as in the next two.</summary>
    public Func<int, ElementType, AttentionKernels>? CompileAttention { get; set; } =
        HasCores(accelerator) ? (headDim, format) => AttentionKernels.Compile(accelerator, headDim, format) : null;

    /// <summary>Compiles the product with weights in BF16 or F16.</summary>
    public Func<ElementType, TensorProductKernel>? CompileProduct { get; set; } =
        HasCores(accelerator) ? format => new(accelerator, format) : null;

    /// <summary>Compiles the product with weights that have scales.</summary>
    public Func<QuantizedFormat, QuantizedTensorProductKernel>? CompileQuantizedProduct { get; set; } =
        HasCores(accelerator) ? format => new(accelerator, format) : null;

    /// <summary>Products on tensor cores, compiled when they are first asked for.</summary>
    /// <param name="format">BF16 or F16.</param>
    public TensorProductKernel TensorProduct(ElementType format) => products.GetOrAdd(format, CompileProduct!);

    /// <summary>The same with weights that have scales.</summary>
    public QuantizedTensorProductKernel QuantizedTensorProduct(QuantizedFormat format) =>
        quantizedProducts.GetOrAdd(format, CompileQuantizedProduct!);

    /// <summary>Kernels of weights with scales, compiled when they are first asked for.</summary>
    public QuantizedKernels Quantized(QuantizedFormat format) => (format == QuantizedFormat.Int8 ? int8 : int4).Value;

    static bool HasCores(Accelerator accelerator) =>
        accelerator is CudaAccelerator cuda && cuda.Architecture >= CudaArchitecture.SM_80;
}
