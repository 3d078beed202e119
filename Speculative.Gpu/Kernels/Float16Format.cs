using ILGPU;
using Half = ILGPU.Half;

namespace Speculative;

/// <summary>f16 elements, as their bits.</summary>
readonly struct Float16Format : IElementFormat<ushort>
{
    /// <inheritdoc/>
    public float ToFloat(ushort element) => Interop.IntAsFloat(element);

    /// <inheritdoc/>
    public ushort FromFloat(float value) => Interop.FloatAsInt((Half)value);
}
