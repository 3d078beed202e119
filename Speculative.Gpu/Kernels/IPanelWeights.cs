using ILGPU;

namespace Speculative;

/// <summary>How a kernel reads a weight of a panel, see <see cref="PanelLayout"/>; the stored scale times <see cref="Level"/> is its
/// value.</summary>
interface IPanelWeights
{
    /// <summary>Bytes of a panel's group: a constant.</summary>
    int GroupBytes { get; }

    /// <summary>Bytes of a stored block that holds the same scale and levels: a constant.</summary>
    int BlockBytes { get; }

    /// <summary>The stored integer, offset included.</summary>
    /// <param name="panels">The panels.</param>
    /// <param name="group">The first byte of the panel's group.</param>
    /// <param name="output">0 to 31 within the panel.</param>
    /// <param name="input">0 to 31 within the group.</param>
    uint Stored(ArrayView<byte> panels, long group, int output, int input);

    /// <summary>What a stored integer means.</summary>
    float Level(uint stored);

    /// <summary>Rounds up to 32 weights of an output and stores them with their scale; the rest of the 32 are zeros.</summary>
    /// <param name="values">The weights.</param>
    /// <param name="panels">The panels.</param>
    /// <param name="group">The first byte of the panel's group.</param>
    /// <param name="output">0 to 31 within the panel.</param>
    void Pack(ArrayView<float> values, ArrayView<byte> panels, long group, int output);

    /// <summary>Stores a block of 32 weights of an output as it is.</summary>
    /// <param name="block">The block: its half-precision scale, then its levels.</param>
    /// <param name="panels">The panels.</param>
    /// <param name="group">The first byte of the panel's group.</param>
    /// <param name="output">0 to 31 within the panel.</param>
    void Copy(ArrayView<byte> block, ArrayView<byte> panels, long group, int output);
}
