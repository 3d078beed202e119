using ILGPU;

namespace Speculative;

/// <summary>Weights of an <see cref="Int4Panel"/>.</summary>
readonly struct Int4PanelWeights : IPanelWeights
{
    /// <inheritdoc/>
    public int GroupBytes => PanelLayout.ScaleBytes + PanelLayout.Group / 8 * PanelLayout.StepBytes;

    /// <inheritdoc/>
    public int BlockBytes => 2 + PanelLayout.Group / 2;

    /// <inheritdoc/>
    public uint Stored(ArrayView<byte> panels, long group, int output, int input) =>
        (uint)panels[group + PanelLayout.ScaleBytes + input / 8 * PanelLayout.StepBytes + output * 4 + input % 4] >> input % 8 / 4 * 4 & 15;

    /// <inheritdoc/>
    public float Level(uint stored) => QuantizedInteger.OfNibble(stored);

    /// <inheritdoc/>
    public void Pack(ArrayView<float> values, ArrayView<byte> panels, long group, int output)
    {
        float most = 0;
        for (int i = 0; i < values.Length; i++)
            if (IntrinsicMath.Abs(values[i]) > IntrinsicMath.Abs(most) || float.IsNaN(values[i]))
                most = values[i];
        PanelScale scale = PanelScale.Of(most / -8);
        scale.Store(panels, group + 2 * output);
        long target = group + PanelLayout.ScaleBytes + output * 4;
        for (int i = 0; i < PanelLayout.Group / 2; i++)
        {
            int input = i / 4 * 8 + i % 4;
            panels[target + i / 4 * PanelLayout.StepBytes + i % 4] =
                (byte)(Nibble(scale, values, input) | Nibble(scale, values, input + 4) << 4);
        }
    }

    /// <inheritdoc/>
    public void Copy(ArrayView<byte> block, ArrayView<byte> panels, long group, int output)
    {
        panels[group + 2 * output] = block[0];
        panels[group + 2 * output + 1] = block[1];
        long target = group + PanelLayout.ScaleBytes + output * 4;
        for (int i = 0; i < PanelLayout.Group / 2; i++)
        {
            int input = i / 4 * 8 + i % 4;
            panels[target + i / 4 * PanelLayout.StepBytes + i % 4] = (byte)(Level(block, input) | Level(block, input + 4) << 4);
        }
    }

    // A block's bytes hold numbers that lie half a group apart, a panel's such that lie four apart.
    static int Level(ArrayView<byte> block, int input) => block[2 + input % 16] >> input / 16 * 4 & 15;

    static int Nibble(PanelScale scale, ArrayView<float> values, int input) =>
        IntrinsicMath.Clamp(8 + (input < values.Length ? scale.Level(values[input]) : 0), 0, 15);
}
