namespace Speculative;

/// <summary>
/// The order of quantized numbers in memory, the same for every vector width. Weights lie in panels of 32 outputs; a panel holds, for each
/// group of 32 inputs, the 32 outputs' half-precision scales, then steps of [32 outputs][4 bytes], so that one stream of memory serves a
/// panel. Activations lie in blocks of eight rows; a block holds, for each group, [8 quads of inputs][8 rows][4 signed bytes], then the
/// rows' corrections and scales.
/// </summary>
static class QuantizedLayout
{
    /// <summary>Outputs of a panel, side by side.</summary>
    public const int Panel = 32;

    /// <summary>Inputs that share a scale.</summary>
    public const int Group = 32;

    /// <summary>Bytes of a panel's scales for one group.</summary>
    public const int ScaleBytes = Panel * 2;

    /// <summary>Bytes of a step: four bytes of each output of a panel.</summary>
    public const int StepBytes = Panel * 4;

    /// <summary>Activation rows of a block.</summary>
    public const int RowBlock = 8;

    /// <summary>Bytes of four inputs of a block's rows.</summary>
    public const int QuadBytes = RowBlock * 4;

    /// <summary>From a group's start to its rows' corrections: integers where their sums begin.</summary>
    public const int Corrections = Group / 4 * QuadBytes;

    /// <summary>From a group's start to its rows' scales.</summary>
    public const int Scales = Corrections + RowBlock * 4;

    /// <summary>Bytes of a group of a block of activations.</summary>
    public const int ActivationBytes = Scales + RowBlock * 4;

    public static int Groups(int inputs) => (inputs + Group - 1) / Group;

    public static int Panels(int outputs) => (outputs + Panel - 1) / Panel;

    public static int RowBlocks(int rows) => (rows + RowBlock - 1) / RowBlock;
}
