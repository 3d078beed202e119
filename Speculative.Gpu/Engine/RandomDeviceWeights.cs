using ILGPU;
using ILGPU.Runtime;

namespace Speculative;

/// <summary>The numbers of <see cref="RandomWeights"/>, made on the device: a host would take minutes for billions of them.</summary>
sealed class RandomDeviceWeights(GpuContext context, ModelConfig config, ElementType type, ulong seed) : IDeviceWeights
{
    public ModelConfig Config => config;

    public ElementType StoredType => type;

    public ElementType TypeOf(string name, int rows, int columns) => type;

    public void Write(AcceleratorStream stream, in TensorRows tensor, DeviceNumbers target) => context.Kernels.RandomFill.Launch(
        stream, target, new(tensor.Name, tensor.Columns, seed), (long)tensor.First * tensor.Columns, type);

    public void WriteStored(AcceleratorStream stream, in TensorRows tensor, ArrayView<byte> target) =>
        throw new NotSupportedException("Random weights are made, not stored.");

    public void Dispose() { }
}
