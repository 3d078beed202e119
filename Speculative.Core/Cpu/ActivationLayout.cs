namespace Speculative;

/// <summary>The order of the numbers in a row of activations that a product reads.</summary>
enum ActivationLayout
{
    /// <summary>As they are.</summary>
    Natural,

    /// <summary>
    /// In blocks of two vectors, the even elements before the odd ones; what does not fill a block follows as it is. It matches 16-bit
    /// weights that are widened within 32-bit lanes, without permutation.
    /// </summary>
    EvenOdd,

    /// <summary>Single precision in blocks of rows, see <see cref="PanelLayout"/>.</summary>
    Blocks,

    /// <summary>Rounded to -64 to 64, in blocks of rows.</summary>
    SevenBitBlocks,

    /// <summary>Rounded to -127 to 127, in blocks of rows.</summary>
    EightBitBlocks,
}
