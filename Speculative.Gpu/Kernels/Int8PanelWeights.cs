using ILGPU;

namespace Speculative;

/// <summary>Weights of an <see cref="Int8Panel"/>.</summary>
readonly struct Int8PanelWeights : IPanelWeights
{
    /// <inheritdoc/>
    public int GroupBytes => PanelLayout.ScaleBytes + PanelLayout.Group / 4 * PanelLayout.StepBytes;

    /// <inheritdoc/>
    public uint Stored(ArrayView<byte> panels, long group, int output, int input) =>
        panels[group + PanelLayout.ScaleBytes + input / 4 * PanelLayout.StepBytes + output * 4 + input % 4];

    /// <inheritdoc/>
    public float Level(uint stored) => QuantizedInteger.OfByte(stored);
}
