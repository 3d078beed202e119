namespace Speculative;

/// <summary>A format of 16-bit elements that tensor cores multiply.</summary>
interface IHalfFormat : IElementFormat<ushort>
{
    /// <summary>Whether the elements are bf16 (else f16): a constant.</summary>
    bool IsBFloat16 { get; }
}
