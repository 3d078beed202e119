namespace Speculative.Tests;

/// <summary>The CPU engine's panels as bytes.</summary>
static class PanelBytes
{
    /// <summary>Sets what belongs to some outputs to zero.</summary>
    public static byte[] Clear(byte[] panels, Precision precision, int inputs, int from, int to)
    {
        int groupBytes = PanelFormats.GroupBytes(precision), groups = PanelLayout.Groups(inputs);
        for (int output = from; output < to; output++)
            for (int group = 0; group < groups; group++)
            {
                Span<byte> bytes = panels.AsSpan((output / 32 * groups + group) * groupBytes, groupBytes);
                bytes.Slice(output % 32 * 2, 2).Clear();
                for (int step = PanelLayout.ScaleBytes; step < groupBytes; step += PanelLayout.StepBytes)
                    bytes.Slice(step + output % 32 * 4, 4).Clear();
            }
        return panels;
    }
}
