using System.Runtime.Intrinsics.X86;

namespace Speculative;

/// <summary>Turns a source's weights into matrices of one precision, and owns the memory of those that had to be packed.</summary>
sealed unsafe class MatrixStore(IWeightSource source, Precision precision) : IDisposable
{
    readonly WeightArena arena = new();

    /// <summary>Bytes of all matrices.</summary>
    public long ByteLength { get; private set; }

    /// <summary>The matrix of a tensor.</summary>
    public Matrix Load(string name, int rows, int columns) => Load(source.GetWeight(name, rows, columns));

    /// <summary>
    /// The matrix of a weight. Stored blocks become panels without loss: a block's scale is its largest number over 127, or over -8, there as
    /// here.
    /// </summary>
    public Matrix Load(Weight weight) => precision switch
    {
        Precision.F32 => Pack<F32Panel>(weight),
        Precision.BF16 => Pack<BF16Panel>(weight),
        Precision.Int8 => Pack<Int8Panel>(weight),
        Precision.Int4 => Pack<Int4Panel>(weight),
        _ => weight.Type switch
        {
            ElementType.Q8_0 => Pack<Int8Panel>(weight),
            ElementType.Q4_0 => Pack<Int4Panel>(weight),
            _ => Map(weight),
        },
    };

    public void Dispose() => arena.Dispose();

    Matrix Map(Weight weight)
    {
        ByteLength += weight.ByteLength;
        return Matrix.Create(weight);
    }

    Matrix Pack<TFormat>(Weight weight) where TFormat : struct, IPanelFormat
    {
        long bytes = PanelMatrix.ByteLength<TFormat>(weight.Rows, weight.Columns);
        ByteLength += bytes;
        byte* panels = arena.Allocate(bytes);
        PanelMatrix.Pack<TFormat>(weight, panels);
        return PanelMatrix.Create<TFormat>(
            panels, weight.Rows, weight.Columns, Avx512BW.IsSupported ? 512 : Avx2.IsSupported ? 256 : 128);
    }
}
