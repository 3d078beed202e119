namespace Speculative;

/// <summary>Turns a source's weights into matrices of one precision, and owns the memory of those that had to be packed.</summary>
sealed unsafe class MatrixStore(IWeightSource source, Precision precision) : IDisposable
{
    readonly WeightArena arena = new();
    readonly PackedFile? packed = (source as ModelFolder)?.Packed;

    /// <summary>Bytes of all matrices.</summary>
    public long ByteLength { get; private set; }

    /// <summary>The precision that a model of this source has where another or none is asked for.</summary>
    /// <exception cref="ModelFormatException">The source holds weights that were packed in another precision.</exception>
    public static Precision Resolve(IWeightSource source, Precision wanted) => (source as ModelFolder)?.Packed is not { } packed ? wanted
        : wanted is Precision.AsStored or Precision.StoredPanels || wanted == packed.Precision ? packed.Precision
        : throw new ModelFormatException($"{packed.FilePath}: holds weights packed as {packed.Precision}, but {wanted} is asked for: "
            + "ask for none or the same, or open the folder that they were packed from.");

    /// <summary>
    /// The matrix of a tensor. Stored blocks become panels without loss: their scales and levels are copied.
    /// </summary>
    public Matrix Load(string name, int rows, int columns)
    {
        if (packed is not null)
            return Wrap(packed.Precision, packed.Panels(name, rows, columns), rows, columns);
        Weight weight = source.GetWeight(name, rows, columns);
        return (precision, weight.Type) switch
        {
            (Precision.AsStored or Precision.StoredPanels, ElementType.Q8_0) => Pack(name, Precision.Int8, weight),
            (Precision.AsStored or Precision.StoredPanels, ElementType.Q4_0) => Pack(name, Precision.Int4, weight),
            (Precision.AsStored, _) => Map(weight),
            (Precision.StoredPanels, ElementType.BF16) => Pack(name, Precision.BF16, weight),
            (Precision.StoredPanels, _) => Pack(name, Precision.F32, weight),
            _ => Pack(name, precision, weight),
        };
    }

    public void Dispose() => arena.Dispose();

    Matrix Map(Weight weight)
    {
        ByteLength += weight.ByteLength;
        return Matrix.Create(weight);
    }

    Matrix Pack(string name, Precision format, Weight weight)
    {
        byte* panels = arena.Allocate(PanelFormats.ByteLength(format, weight.Rows, weight.Columns));
        PanelFormats.Pack(name, format, weight, panels);
        return Wrap(format, panels, weight.Rows, weight.Columns);
    }

    Matrix Wrap(Precision format, byte* panels, int rows, int columns)
    {
        ByteLength += PanelFormats.ByteLength(format, rows, columns);
        return PanelFormats.Create(format, panels, rows, columns, PanelFormats.BestVectors);
    }
}
