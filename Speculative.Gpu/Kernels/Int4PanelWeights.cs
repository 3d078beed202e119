using ILGPU;

namespace Speculative;

/// <summary>Weights of an <see cref="Int4Panel"/>.</summary>
readonly struct Int4PanelWeights : IPanelWeights
{
    /// <inheritdoc/>
    public int GroupBytes => PanelLayout.ScaleBytes + PanelLayout.Group / 8 * PanelLayout.StepBytes;

    /// <inheritdoc/>
    public uint Stored(ArrayView<byte> panels, long group, int output, int input) =>
        (uint)panels[group + PanelLayout.ScaleBytes + input / 8 * PanelLayout.StepBytes + output * 4 + input % 4] >> input % 8 / 4 * 4 & 15;

    /// <inheritdoc/>
    public float Level(uint stored) => QuantizedInteger.OfNibble(stored);
}
