using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Speculative;

/// <summary>Turns a source's weights into matrices of one precision, and owns the memory of those that had to be converted.</summary>
sealed unsafe class MatrixStore(IWeightSource source, Precision precision) : IDisposable
{
    readonly List<nint> copies = [];

    /// <summary>Bytes of all matrices.</summary>
    public long ByteLength { get; private set; }

    /// <summary>The matrix of a tensor.</summary>
    public Matrix Load(string name, int rows, int columns) => Load(source.GetWeight(name, rows, columns));

    /// <summary>The matrix of a weight.</summary>
    public Matrix Load(Weight weight)
    {
        Weight stored = precision switch
        {
            Precision.F32 => Convert(weight, ElementType.F32),
            Precision.BF16 => Convert(weight, ElementType.BF16),
            _ => weight,
        };
        ByteLength += precision is Precision.Int8 or Precision.Int4 ? PackedLength(weight) : stored.ByteLength;
        return precision switch
        {
            Precision.Int8 => Create<Int8Format>(Pack<Int8Format>(weight), weight),
            Precision.Int4 => Create<Int4Format>(Pack<Int4Format>(weight), weight),
            _ => Matrix.Create(stored),
        };
    }

    public void Dispose()
    {
        foreach (nint copy in copies)
            NativeMemory.AlignedFree((void*)copy);
        copies.Clear();
    }

    /// <summary>A quantized matrix with the widest vectors of this machine.</summary>
    static Matrix Create<TFormat>(byte* panels, Weight weight) where TFormat : struct, IQuantizedFormat =>
        QuantizedMatrix.Create<TFormat>(panels, weight.Rows, weight.Columns, Avx512BW.IsSupported ? 512 : Avx2.IsSupported ? 256 : 128);

    long PackedLength(Weight weight) => QuantizedMatrix.ByteLength(
        weight.Rows, weight.Columns, precision == Precision.Int8 ? Int8Format.GroupBytes : Int4Format.GroupBytes);

    byte* Pack<TFormat>(Weight weight) where TFormat : struct, IQuantizedFormat
    {
        byte* panels = (byte*)Allocate(QuantizedMatrix.ByteLength(weight.Rows, weight.Columns, TFormat.GroupBytes));
        QuantizedMatrix.Pack<TFormat>(weight, panels);
        return panels;
    }

    Weight Convert(Weight weight, ElementType type)
    {
        if (weight.Type == type)
            return weight;
        Weight converted = weight with { Type = type };
        nint data = Allocate(converted.ByteLength), target = data;
        converted = converted with { Data = data };
        Parallel.For(0, weight.Rows, row =>
        {
            float[] values = new float[weight.Columns];
            fixed (float* floats = values)
                WeightRows.Widen(weight, row, floats);
            if (type == ElementType.F32)
                values.CopyTo(new Span<float>((float*)target + (long)row * weight.Columns, weight.Columns));
            else
                for (int i = 0; i < values.Length; i++)
                    ((ushort*)target)[(long)row * weight.Columns + i] = BF16Format.Round(values[i]);
        });
        return converted;
    }

    nint Allocate(long bytes)
    {
        nint memory = (nint)NativeMemory.AlignedAlloc(checked((nuint)bytes), 64);
        copies.Add(memory);
        return memory;
    }
}
