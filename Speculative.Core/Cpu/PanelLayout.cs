namespace Speculative;

/// <summary>
/// The order in which products over panels read memory, the same for every vector width. Weights lie in panels of 32 outputs; a panel
/// holds its inputs in groups of 32, a group is one stream of steps of [32 outputs][4 bytes], after the 32 outputs' half-precision scales
/// where a format has them. Activations lie in blocks of as many rows as a kernel takes at a time, those that are left in the last; a
/// block holds the same groups as steps of [rows][4 bytes], then, where a format rounds them, the rows' corrections and scales.
/// </summary>
static class PanelLayout
{
    /// <summary>Outputs of a panel, side by side.</summary>
    public const int Panel = 32;

    /// <summary>Inputs of a group.</summary>
    public const int Group = 32;

    /// <summary>Bytes of a panel's scales for one group.</summary>
    public const int ScaleBytes = Panel * 2;

    /// <summary>Bytes of a step: four bytes of each output of a panel.</summary>
    public const int StepBytes = Panel * 4;

    public static int Groups(int inputs) => (inputs + Group - 1) / Group;

    public static int Panels(int outputs) => (outputs + Panel - 1) / Panel;
}
