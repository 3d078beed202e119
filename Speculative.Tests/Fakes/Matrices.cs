namespace Speculative.Tests;

/// <summary>Matrices of given weights.</summary>
static unsafe class Matrices
{
    /// <summary>The weights as they are, or packed into the arena, with this machine's vectors.</summary>
    public static Matrix Create(Precision precision, Weight weight, WeightArena arena) => precision == Precision.AsStored
        ? Matrix.Create(weight) : Create(precision, weight, arena, PanelFormats.BestVectors);

    /// <summary>The weights packed into the arena.</summary>
    public static Matrix Create(Precision precision, Weight weight, WeightArena arena, PanelVectors vectors)
    {
        byte* panels = arena.Allocate(PanelFormats.ByteLength(precision, weight.Rows, weight.Columns));
        PanelFormats.Pack(precision, weight, panels);
        return PanelFormats.Create(precision, panels, weight.Rows, weight.Columns, vectors);
    }
}
