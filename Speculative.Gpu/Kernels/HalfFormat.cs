using Half = ILGPU.Half;

namespace Speculative;

/// <summary>f16 elements as ILGPU's own type.</summary>
readonly struct HalfFormat : IElementFormat<Half>
{
    /// <inheritdoc/>
    public float ToFloat(Half element) => element;
}
