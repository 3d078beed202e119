using System.Runtime.Intrinsics.X86;

namespace Speculative;

/// <summary>The panels of a <see cref="Precision"/>: the one place that knows which format belongs to which.</summary>
static unsafe class PanelFormats
{
    /// <summary>The precisions that have panels.</summary>
    public static readonly Precision[] Precisions = [Precision.F32, Precision.BF16, Precision.Int8, Precision.Int4];

    /// <summary>Bytes of a panel's group of weights.</summary>
    public static int GroupBytes(Precision precision) => precision switch
    {
        Precision.F32 => F32Panel.GroupBytes,
        Precision.BF16 => BF16Panel.GroupBytes,
        Precision.Int8 => Int8Panel.GroupBytes,
        Precision.Int4 => Int4Panel.GroupBytes,
        _ => throw Unknown(precision),
    };

    /// <summary>Bytes of a matrix's panels.</summary>
    public static long ByteLength(Precision precision, int outputs, int inputs) =>
        (long)PanelLayout.Panels(outputs) * PanelLayout.Groups(inputs) * GroupBytes(precision);

    /// <summary>The same, of a weight with a name.</summary>
    /// <exception cref="ModelFormatException">The format cannot hold its numbers; the message names it.</exception>
    public static void Pack(string name, Precision precision, Weight weight, byte* panels)
    {
        try
        {
            Pack(precision, weight, panels);
        }
        catch (ModelFormatException fault)
        {
            throw new ModelFormatException($"{name}: {fault.Message}", fault);
        }
    }

    /// <summary>Stores weights in panels; blocks that a panel holds as they are lose nothing.</summary>
    public static void Pack(Precision precision, Weight weight, byte* panels)
    {
        switch (precision)
        {
            case Precision.Int8 when weight.Type == Int8Panel.Stored: PanelMatrix.Copy<Int8Panel>(weight, panels); break;
            case Precision.Int4 when weight.Type == Int4Panel.Stored: PanelMatrix.Copy<Int4Panel>(weight, panels); break;
            case Precision.F32: PanelMatrix.Pack<F32Panel>(weight, panels); break;
            case Precision.BF16: PanelMatrix.Pack<BF16Panel>(weight, panels); break;
            case Precision.Int8: PanelMatrix.Pack<Int8Panel>(weight, panels); break;
            case Precision.Int4: PanelMatrix.Pack<Int4Panel>(weight, panels); break;
            default: throw Unknown(precision);
        }
    }

    /// <summary>The stored format that holds what panels hold, without loss.</summary>
    public static ElementType Stored(Precision precision) => precision switch
    {
        Precision.F32 => F32Panel.Stored,
        Precision.BF16 => BF16Panel.Stored,
        Precision.Int8 => Int8Panel.Stored,
        Precision.Int4 => Int4Panel.Stored,
        _ => throw Unknown(precision),
    };

    /// <summary>Brings panels into their stored format.</summary>
    /// <param name="precision">The panels' number format.</param>
    /// <param name="panels">The panels.</param>
    /// <param name="target">
    /// In that format, its memory is written; its columns fill whole groups where the format is one of blocks.
    /// </param>
    public static void Unpack(Precision precision, byte* panels, Weight target)
    {
        switch (precision)
        {
            case Precision.F32: PanelMatrix.Unpack<F32Panel>(panels, target); break;
            case Precision.BF16: PanelMatrix.Unpack<BF16Panel>(panels, target); break;
            case Precision.Int8: PanelMatrix.Unpack<Int8Panel>(panels, target); break;
            case Precision.Int4: PanelMatrix.Unpack<Int4Panel>(panels, target); break;
            default: throw Unknown(precision);
        }
    }

    /// <summary>
    /// The fastest vectors of this machine. Where it has both, twice as wide ones do as much in three instructions as those of AVX-VNNI in
    /// two times one (measured: int8 alike, int4 1.2 times as fast).
    /// </summary>
    public static PanelVectors BestVectors { get; } =
        Avx512BW.IsSupported ? PanelVectors.Bits512
        : AvxVnni.IsSupported ? PanelVectors.Bits256Dot
        : Avx2.IsSupported ? PanelVectors.Bits256
        : PanelVectors.Bits128;

    /// <summary>Wraps panels, where they are.</summary>
    public static Matrix Create(Precision precision, byte* panels, int outputs, int inputs, PanelVectors vectors) => precision switch
    {
        Precision.F32 => PanelMatrix.Create<F32Panel>(panels, outputs, inputs, vectors),
        Precision.BF16 => PanelMatrix.Create<BF16Panel>(panels, outputs, inputs, vectors),
        Precision.Int8 => PanelMatrix.Create<Int8Panel>(panels, outputs, inputs, vectors),
        Precision.Int4 => PanelMatrix.Create<Int4Panel>(panels, outputs, inputs, vectors),
        _ => throw Unknown(precision),
    };

    static ArgumentOutOfRangeException Unknown(Precision precision) =>
        new(nameof(precision), precision, "Expected F32, BF16, Int8 or Int4.");
}
