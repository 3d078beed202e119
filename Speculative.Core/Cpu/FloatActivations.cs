namespace Speculative;

/// <summary>Single-precision activations in a block of rows: [32 inputs][8 rows] in a group.</summary>
static unsafe class FloatActivations
{
    /// <summary>Bytes of a group.</summary>
    public const int Bytes = PanelLayout.Group * PanelLayout.RowStepBytes;

    /// <summary>Stores 32 activations of a row.</summary>
    public static void Store(float* values, int row, byte* group)
    {
        for (int i = 0; i < PanelLayout.Group; i++)
            *(float*)(group + i * PanelLayout.RowStepBytes + row * sizeof(float)) = values[i];
    }
}
