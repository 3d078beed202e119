using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace Speculative;

/// <summary>
/// The kernels of a device, loaded once. Where an operation has a faster kernel for a device than the portable one, this is where it is
/// chosen.
/// </summary>
sealed class GpuKernels(Accelerator accelerator)
{
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

    public KvCompactionKernel Compaction { get; } = new(accelerator);

    public RandomFillKernel RandomFill { get; } = new(accelerator);

    /// <summary>Products on tensor cores; null where the device has none that this library reaches.</summary>
    public TensorProductKernel? TensorProduct { get; } =
        accelerator is CudaAccelerator cuda && cuda.Architecture >= CudaArchitecture.SM_80 ? new(accelerator) : null;
}
