using ILGPU;
using ILGPU.Runtime;

namespace Speculative;

/// <summary>A matrix as model folders store it, F32, F16 or BF16: [outputs, inputs].</summary>
sealed class PortableMatrix(GpuContext context, DeviceBuffer weights, ElementType type, int inputs, int outputs)
    : GpuMatrix(inputs, outputs)
{
    /// <inheritdoc/>
    public override long ByteLength => (long)Inputs * Outputs * DeviceNumbers.SizeOf(type);

    /// <inheritdoc/>
    public override ElementType InputType => ElementType.F32;

    /// <inheritdoc/>
    public override void Multiply(AcceleratorStream stream, int rows, DeviceNumbers x, ArrayView<float> partials) =>
        context.Kernels.Product.Launch(stream, rows, Inputs, Outputs, weights.Numbers(type), x.Singles, partials);

    /// <inheritdoc/>
    public override void Dispose() => weights.Dispose();
}
