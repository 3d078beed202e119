namespace Speculative;

/// <summary>
/// A memory-mapped file of weights that were packed ahead: what <see cref="MatrixStore"/> would make of them, used where it lies. Its
/// header has been checked; a matrix's sizes are checked against the model's when it is asked for.
/// </summary>
sealed unsafe class PackedFile
{
    public const string FileName = "model.packed.safetensors";

    readonly SafetensorsFile file;
    readonly PackedHeader header;

    /// <summary>Checks a file's header; the caller disposes the file.</summary>
    public PackedFile(SafetensorsFile file)
    {
        this.file = file;
        header = PackedHeader.Read(file.FilePath, file.ReadMetadata(), file.Tensors);
    }

    public string FilePath => file.FilePath;

    public Precision Precision => header.Precision;

    /// <summary>Whether a tensor is there as panels.</summary>
    public bool Holds(string name) => header.Sizes.ContainsKey(name);

    /// <summary>A matrix in the stored format that holds the numbers of its panels, without memory.</summary>
    /// <exception cref="ModelFormatException">Its panels are missing, of other sizes, or of inputs that fill no whole block.</exception>
    public Weight Stored(string name, int rows, int columns)
    {
        Panels(name, rows, columns);
        ElementType type = PanelFormats.Stored(Precision);
        return type is ElementType.F32 or ElementType.BF16 || columns % Weight.BlockSize == 0 ? new(0, type, rows, columns)
            : throw new ModelFormatException($"{FilePath}: {name}: expected inputs in blocks of {Weight.BlockSize}, to be read by others "
                + $"than the CPU engine, found {columns}: open the folder that they were packed from.");
    }

    /// <summary>Brings the panels of a matrix into that format.</summary>
    /// <param name="name">The matrix.</param>
    /// <param name="target">As <see cref="Stored"/> gave it, with memory to write.</param>
    public void Unpack(string name, Weight target) => PanelFormats.Unpack(Precision, Panels(name, target.Rows, target.Columns), target);

    /// <summary>The panels of a matrix; valid until the file is disposed.</summary>
    /// <exception cref="ModelFormatException">They are missing or of other sizes.</exception>
    public byte* Panels(string name, int rows, int columns)
    {
        string expected = PackedHeader.Size(rows, columns), found = header.Sizes.GetValueOrDefault(name, "none");
        if (found != expected || !file.Tensors.TryGetValue(PackedHeader.PanelsOf(name), out StoredTensor tensor))
            throw new ModelFormatException($"{FilePath}: {name}: expected panels of a matrix {expected} by config.json, found {found}.");
        long[] shape = Shape(Precision, rows, columns);
        return tensor.Type == "U8" && tensor.Shape.SequenceEqual(shape) ? file.Pointer(tensor)
            : throw new ModelFormatException($"{FilePath}: {name}: expected panels [{string.Join(", ", shape)}] in U8, "
                + $"found [{string.Join(", ", tensor.Shape)}] in {tensor.Type}.");
    }

    /// <summary>The shape of a matrix's panels.</summary>
    public static long[] Shape(Precision precision, int rows, int columns) =>
        [PanelLayout.Panels(rows), PanelLayout.Groups(columns), PanelFormats.GroupBytes(precision)];
}
