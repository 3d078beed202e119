using ILGPU;

namespace Speculative;

/// <summary>Where a lane's weights of a stage (16 outputs x 64 inputs) lie in a panel.</summary>
/// <param name="Group">The first byte of the panel's group that the stage begins with.</param>
/// <param name="Output">The lane's upper output within the panel; its other one is 8 further.</param>
/// <param name="Pair">The lane's first input of 16.</param>
readonly record struct PanelPlace<TWeights>(long Group, int Output, int Pair) where TWeights : struct, IPanelWeights
{
    /// <summary>The place of a lane in a stage: output tile x stages + stage.</summary>
    public static PanelPlace<TWeights> At(long stage, int lane, int inputs)
    {
        int stages = inputs / TensorProductKernel.StageInputs;
        long tile = stage / stages, panel = tile / 2;
        long group = (panel * stages + stage % stages) * (TensorProductKernel.StageInputs / PanelLayout.Group);
        return new(group * default(TWeights).GroupBytes, (int)(tile % 2) * 16 + (lane >> 2), (lane & 3) * 2);
    }

    /// <summary>The word of an <see cref="Int8WeightStage"/> for 16 inputs from <paramref name="input"/> on.</summary>
    public uint Bytes(ArrayView<byte> panels, int group, int output, int input) =>
        (Two(panels, group, output, input) | Two(panels, group, output, input + 8) << 8) ^ 0x80808080; // q + 128 to q

    /// <summary>The word of an <see cref="Int4WeightStage"/> for a group.</summary>
    public uint Nibbles(ArrayView<byte> panels, int group, int output) =>
        Two(panels, group, output, 0) | Two(panels, group, output, 8) << 4 |
        Two(panels, group, output, 16) << 8 | Two(panels, group, output, 24) << 12;

    /// <summary>The lane's scales, see <see cref="GroupScales"/>.</summary>
    public ulong Scales(ArrayView<byte> panels) =>
        Scale(panels, 0, 0) | Scale(panels, 0, 8) << 16 | Scale(panels, 1, 0) << 32 | Scale(panels, 1, 8) << 48;

    // An input and the one after it, in the halves of a word, as a pair of bf16 has them.
    uint Two(ArrayView<byte> panels, int group, int output, int input) =>
        Stored(panels, group, output, input) | Stored(panels, group, output, input + 1) << 16;

    uint Stored(ArrayView<byte> panels, int group, int output, int input) =>
        default(TWeights).Stored(panels, Group + group * default(TWeights).GroupBytes, Output + output, Pair + input);

    ulong Scale(ArrayView<byte> panels, int group, int output)
    {
        long at = Group + group * default(TWeights).GroupBytes + 2 * (Output + output);
        return (ulong)panels[at] | (ulong)panels[at + 1] << 8;
    }
}
