namespace Speculative;

/// <summary>How a device is reached.</summary>
public enum GpuDeviceKind
{
    /// <summary>An NVIDIA GPU through CUDA: the kernels written for its tensor cores run here.</summary>
    Cuda,

    /// <summary>A GPU through OpenCL: portable kernels only.</summary>
    OpenCL,

    /// <summary>ILGPU's CPU accelerator: for proofs without a GPU. Its results count, its times mean nothing.</summary>
    CpuEmulation,
}
