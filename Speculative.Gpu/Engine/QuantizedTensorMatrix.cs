using ILGPU;
using ILGPU.Runtime;

namespace Speculative;

/// <summary>An int8 or int4 matrix in the order of the tensor cores. CUDA only.</summary>
sealed class QuantizedTensorMatrix(
    QuantizedTensorProductKernel kernel, DeviceBuffer fragments, DeviceBuffer scales, int inputs, int outputs) : GpuMatrix(inputs, outputs)
{
    /// <inheritdoc/>
    public override long ByteLength => fragments.Length + scales.Length;

    /// <inheritdoc/>
    public override ElementType InputType => ElementType.BF16;

    /// <inheritdoc/>
    public override int Splits { get; } = TensorProductKernel.Splits(inputs, outputs);

    /// <inheritdoc/>
    public override void Multiply(AcceleratorStream stream, int rows, DeviceNumbers x, ArrayView<float> partials) => kernel.Launch(
        stream, rows, Inputs, Outputs, fragments.Bytes.Cast<Fragment>(), scales.Bytes.Cast<ulong>(), x.Bytes.Cast<Fragment>(), partials);

    /// <inheritdoc/>
    public override void Dispose()
    {
        fragments.Dispose();
        scales.Dispose();
    }
}
