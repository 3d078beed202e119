using ILGPU;
using ILGPU.Runtime;

namespace Speculative.Tests;

/// <summary>An array on the device that kernels take as a view and tests read back.</summary>
sealed class DeviceArray<T> : IDisposable where T : unmanaged
{
    readonly MemoryBuffer1D<T, Stride1D.Dense> buffer;

    public DeviceArray(Accelerator accelerator, T[] content) => buffer = accelerator.Allocate1D(content);

    public DeviceArray(Accelerator accelerator, int length) => buffer = accelerator.Allocate1D<T>(length);

    public static implicit operator ArrayView<T>(DeviceArray<T> array) => array.buffer.View.BaseView;

    /// <summary>The array as numbers of a format.</summary>
    public DeviceNumbers Numbers(ElementType type) => new(buffer.View.BaseView.Cast<byte>(), type);

    public T[] ToHost() => buffer.GetAsArray1D();

    public void Dispose() => buffer.Dispose();
}
