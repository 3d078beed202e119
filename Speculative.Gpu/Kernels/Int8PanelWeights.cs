using ILGPU;

namespace Speculative;

/// <summary>Weights of an <see cref="Int8Panel"/>.</summary>
readonly struct Int8PanelWeights : IPanelWeights
{
    /// <inheritdoc/>
    public int GroupBytes => PanelLayout.ScaleBytes + PanelLayout.Group / 4 * PanelLayout.StepBytes;

    /// <inheritdoc/>
    public int BlockBytes => 2 + PanelLayout.Group;

    /// <inheritdoc/>
    public uint Stored(ArrayView<byte> panels, long group, int output, int input) =>
        panels[group + PanelLayout.ScaleBytes + input / 4 * PanelLayout.StepBytes + output * 4 + input % 4];

    /// <inheritdoc/>
    public float Level(uint stored) => QuantizedInteger.OfByte(stored);

    /// <inheritdoc/>
    public void Pack(ArrayView<float> values, ArrayView<byte> panels, long group, int output)
    {
        float most = 0;
        for (int i = 0; i < values.Length; i++)
        {
            float size = IntrinsicMath.Abs(values[i]);
            if (size > most || float.IsNaN(size))
                most = size;
        }
        PanelScale scale = PanelScale.Of(most / 127);
        scale.Store(panels, group + 2 * output);
        long target = group + PanelLayout.ScaleBytes + output * 4;
        for (int i = 0; i < PanelLayout.Group; i++)
        {
            int level = i < values.Length ? scale.Level(values[i]) : 0;
            panels[target + i / 4 * PanelLayout.StepBytes + i % 4] = (byte)(128 + IntrinsicMath.Clamp(level, -127, 127));
        }
    }

    /// <inheritdoc/>
    public void Copy(ArrayView<byte> block, ArrayView<byte> panels, long group, int output)
    {
        panels[group + 2 * output] = block[0];
        panels[group + 2 * output + 1] = block[1];
        long target = group + PanelLayout.ScaleBytes + output * 4;
        for (int i = 0; i < PanelLayout.Group; i++)
            panels[target + i / 4 * PanelLayout.StepBytes + i % 4] = (byte)(block[2 + i] + 128);
    }
}
