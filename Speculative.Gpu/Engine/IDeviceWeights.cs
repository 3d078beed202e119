using ILGPU.Runtime;

namespace Speculative;

/// <summary>Where a model's weights come from on their way to the device.</summary>
interface IDeviceWeights : IDisposable
{
    /// <summary>The model's sizes.</summary>
    ModelConfig Config { get; }

    /// <summary>The stored format of the embedding.</summary>
    ElementType StoredType { get; }

    /// <summary>The format in which a tensor should lie on the device: F32, F16 or BF16.</summary>
    ElementType TypeOf(string name, int rows, int columns);

    /// <summary>Writes some rows of a tensor; when it returns, the source may be disposed after the stream has come so far.</summary>
    void Write(AcceleratorStream stream, in TensorRows tensor, DeviceNumbers target);
}
