using ILGPU;

namespace Speculative;

/// <summary>bf16 elements, which are the upper halves of f32. ILGPU has no bf16 type of its own.</summary>
readonly struct BFloat16Format : IHalfFormat
{
    /// <inheritdoc/>
    public bool IsBFloat16 => true;

    /// <inheritdoc/>
    public float ToFloat(ushort element) => Interop.IntAsFloat((uint)element << 16);

    /// <inheritdoc/>
    public ushort FromFloat(float value)
    {
        uint bits = Interop.FloatAsInt(value);
        // Adding half of the last kept place, less one where that place is even, carries exactly when nearest-even rounds up.
        return (bits & 0x7fffffff) > 0x7f800000
            ? (ushort)(bits >> 16 | 0x40)
            : (ushort)(bits + 0x7fff + (bits >> 16 & 1) >> 16);
    }
}
