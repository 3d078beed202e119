using ILGPU;

namespace Speculative;

/// <summary>f16 elements, as their bits. Rounded here, because ILGPU's CPU accelerator does not round ties to even.</summary>
readonly struct Float16Format : IHalfFormat
{
    /// <inheritdoc/>
    public bool IsBFloat16 => false;

    /// <inheritdoc/>
    public float ToFloat(ushort element) => Interop.IntAsFloat(element);

    /// <inheritdoc/>
    public ushort FromFloat(float value)
    {
        uint bits = Interop.FloatAsInt(value), sign = bits >> 16 & 0x8000, size = bits & 0x7fffffff;
        if (size > 0x7f800000)
            return (ushort)(sign | 0x7e00);
        if (size >= 0x477ff000)
            return (ushort)(sign | 0x7c00); // from 65520 on
        // Below 2^-14 elements are multiples of 2^-24: the last place of a number from 1/2 to 1.
        if (size < 0x38800000)
            return (ushort)(sign | Interop.FloatAsInt(Interop.IntAsFloat(size) + 0.5f) - 0x3f000000);
        return (ushort)(sign | size - 0x38000000 + 0xfff + (size >> 13 & 1) >> 13);
    }
}
