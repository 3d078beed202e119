using ILGPU;
using ILGPU.Runtime;

namespace Speculative;

/// <summary>Where a model's weights come from on their way to the device.</summary>
interface IDeviceWeights : IDisposable
{
    /// <summary>The model's sizes.</summary>
    ModelConfig Config { get; }

    /// <summary>The stored format of the embedding.</summary>
    ElementType StoredType { get; }

    /// <summary>The stored format of the first layer's query matrix: that of most weights.</summary>
    ElementType MatrixType => TypeOf("model.layers.0.self_attn.q_proj.weight", Config.QuerySize, Config.HiddenSize);

    /// <summary>The precision of a model where this or none is asked for: weights that were packed ahead have one.</summary>
    /// <exception cref="ModelFormatException">They were packed in another.</exception>
    Precision Resolve(Precision wanted) => wanted;

    /// <summary>The stored format of a tensor.</summary>
    ElementType TypeOf(string name, int rows, int columns);

    /// <summary>Writes some rows of a tensor in the target's format, F32 or the stored one; when it returns, the source may be disposed
    /// after the stream has come so far.</summary>
    void Write(AcceleratorStream stream, in TensorRows tensor, DeviceNumbers target);

    /// <summary>Writes the bytes of some rows as they are stored, blocks among them.</summary>
    void WriteStored(AcceleratorStream stream, in TensorRows tensor, ArrayView<byte> target);
}
