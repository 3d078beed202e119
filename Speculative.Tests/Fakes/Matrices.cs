namespace Speculative.Tests;

/// <summary>Matrices of given weights.</summary>
static unsafe class Matrices
{
    /// <summary>The weights as they are, or packed into the arena.</summary>
    public static Matrix Create(Precision precision, Weight weight, WeightArena arena, int bits)
    {
        if (precision == Precision.AsStored)
            return Matrix.Create(weight, bits);
        byte* panels = arena.Allocate(PanelFormats.ByteLength(precision, weight.Rows, weight.Columns));
        PanelFormats.Pack(precision, weight, panels);
        return PanelFormats.Create(precision, panels, weight.Rows, weight.Columns, bits);
    }
}
