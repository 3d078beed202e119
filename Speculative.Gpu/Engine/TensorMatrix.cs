using ILGPU;
using ILGPU.Runtime;

namespace Speculative;

/// <summary>A BF16 or F16 matrix in the order of the tensor cores. CUDA only.</summary>
sealed class TensorMatrix(TensorProductKernel kernel, DeviceBuffer fragments, ElementType type, int inputs, int outputs)
    : GpuMatrix(inputs, outputs)
{
    /// <inheritdoc/>
    public override long ByteLength => 2L * Inputs * Outputs;

    /// <inheritdoc/>
    public override ElementType InputType => type;

    /// <inheritdoc/>
    public override int Splits { get; } = TensorProductKernel.Splits(inputs, outputs);

    /// <summary>Whether a matrix has whole tiles.</summary>
    public static bool Fits(int inputs, int outputs) => inputs % 64 == 0 && outputs % 16 == 0;

    /// <inheritdoc/>
    public override void Multiply(AcceleratorStream stream, int rows, DeviceNumbers x, ArrayView<float> partials) =>
        kernel.Launch(stream, rows, Inputs, Outputs, fragments.Bytes.Cast<Fragment>(), x.Bytes.Cast<Fragment>(), partials);

    /// <inheritdoc/>
    public override void Dispose() => fragments.Dispose();
}
