namespace Speculative;

/// <summary>The vectors that products over panels are compiled for; all give the same bits.</summary>
enum PanelVectors
{
    /// <summary>128 bits, on any processor.</summary>
    Bits128,

    /// <summary>256 bits: AVX2.</summary>
    Bits256,

    /// <summary>256 bits with the products of bytes in one instruction: AVX-VNNI.</summary>
    Bits256Dot,

    /// <summary>512 bits: AVX-512 F and BW.</summary>
    Bits512,
}
