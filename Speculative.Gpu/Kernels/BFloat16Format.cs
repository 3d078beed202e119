using ILGPU;

namespace Speculative;

/// <summary>bf16 elements, which are the upper halves of f32. ILGPU has no bf16 type of its own.</summary>
readonly struct BFloat16Format : IElementFormat<ushort>
{
    /// <inheritdoc/>
    public float ToFloat(ushort element) => Interop.IntAsFloat((uint)element << 16);
}
