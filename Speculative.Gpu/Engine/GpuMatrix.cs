using ILGPU;
using ILGPU.Runtime;

namespace Speculative;

/// <summary>A weight matrix on the device and the kernel that multiplies by it.</summary>
abstract class GpuMatrix(int inputs, int outputs) : IDisposable
{
    /// <summary>The length of a row of activations.</summary>
    public int Inputs { get; } = inputs;

    /// <summary>The length of a row of the product.</summary>
    public int Outputs { get; } = outputs;

    /// <summary>The bytes that a product reads.</summary>
    public abstract long ByteLength { get; }

    /// <summary>The format of the activations: F32, or that of the weights on tensor cores.</summary>
    public abstract ElementType InputType { get; }

    /// <summary>How many partial sums the product leaves of each element.</summary>
    public virtual int Splits => 1;

    /// <summary>Multiplies.</summary>
    /// <param name="stream">The stream to launch on.</param>
    /// <param name="rows">The rows; 1 to <see cref="SkinnyProductKernel.MaxRows"/>.</param>
    /// <param name="x">Activations of <see cref="InputType"/>; [<see cref="Workspace.MaxRows"/>, inputs], whatever lies beyond the
    /// rows.</param>
    /// <param name="partials">Receives the partial sums; [splits, rows, outputs].</param>
    public abstract void Multiply(AcceleratorStream stream, int rows, DeviceNumbers x, ArrayView<float> partials);

    public abstract void Dispose();
}
