using ILGPU.Runtime;

namespace Speculative;

/// <summary>The portable kernels of one format of weights with scales.</summary>
sealed class QuantizedKernels(Accelerator accelerator, QuantizedFormat format)
{
    /// <summary>Stored weights to panels.</summary>
    public PanelPackKernel PanelPack { get; } = new(accelerator, format);

    /// <summary>Stored blocks to panels, unchanged.</summary>
    public PanelCopyKernel PanelCopy { get; } = new(accelerator, format);

    /// <summary>Panels to the order of the tensor cores.</summary>
    public QuantizedPackKernel FragmentPack { get; } = new(accelerator, format);

    /// <summary>The portable product with panels.</summary>
    public QuantizedProductKernel Product { get; } = new(accelerator, format);
}
