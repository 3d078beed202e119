using ILGPU;
using ILGPU.Runtime;

namespace Speculative;

/// <summary>A matrix in the CPU engine's int8 or int4 panels: the same integers and scales, activations as they are.</summary>
sealed class QuantizedMatrix(QuantizedProductKernel kernel, DeviceBuffer panels, int inputs, int outputs) : GpuMatrix(inputs, outputs)
{
    /// <inheritdoc/>
    public override long ByteLength => panels.Length;

    /// <inheritdoc/>
    public override ElementType InputType => ElementType.F32;

    /// <inheritdoc/>
    public override void Multiply(AcceleratorStream stream, int rows, DeviceNumbers x, ArrayView<float> partials) =>
        kernel.Launch(stream, rows, Inputs, Outputs, panels.Bytes, x.Singles, partials);

    /// <inheritdoc/>
    public override void Dispose() => panels.Dispose();
}
