using ILGPU;

namespace Speculative;

/// <summary>Numbers on the device whose format is known at run time: a weight, a cache, activations.</summary>
/// <param name="Bytes">Their memory, aligned to 16 bytes.</param>
/// <param name="Type">F32, F16 or BF16.</param>
readonly record struct DeviceNumbers(ArrayView<byte> Bytes, ElementType Type)
{
    /// <summary>Bytes of a number.</summary>
    public int Size => SizeOf(Type);

    /// <summary>How many numbers there are.</summary>
    public long Length => Bytes.Length / Size;

    /// <summary>The numbers as f32.</summary>
    public ArrayView<float> Singles => Bytes.Cast<float>();

    /// <summary>The bits of numbers of 16 bits.</summary>
    public ArrayView<ushort> Words => Bytes.Cast<ushort>();

    /// <summary>Bytes of a number of a format.</summary>
    public static int SizeOf(ElementType type) => type == ElementType.F32 ? 4 : 2;

    /// <summary>A part of the numbers.</summary>
    public DeviceNumbers Part(long first, long count) => new(Bytes.SubView(first * Size, count * Size), Type);

    /// <summary>What to throw for a format that a kernel does not have.</summary>
    public static NotSupportedException NoKernelFor(ElementType type) =>
        new($"Expected numbers in a format that the device's kernels read, got {type}.");
}
