namespace Speculative;

/// <summary>Reads single rows of stored weights: embeddings, norms, biases.</summary>
static unsafe class WeightRows
{
    /// <summary>Widens one row to floats.</summary>
    public static void Widen(Weight weight, int row, float* target)
    {
        switch (weight.Type)
        {
            case ElementType.F32: Widen<F32Format>(weight, row, target); break;
            case ElementType.BF16: Widen<BF16Format>(weight, row, target); break;
            case ElementType.F16: Widen<F16Format>(weight, row, target); break;
            case ElementType.Q8_0: WidenQ8((byte*)weight.Data + row * weight.RowByteLength, weight.Columns, target); break;
            case ElementType.Q4_0: WidenQ4((byte*)weight.Data + row * weight.RowByteLength, weight.Columns, target); break;
            default: throw new ArgumentOutOfRangeException(nameof(weight), weight.Type, "Expected F32, F16, BF16, Q8_0 or Q4_0.");
        }
    }

    static void Widen<TFormat>(Weight weight, int row, float* target) where TFormat : struct, IWeightFormat
    {
        byte* source = (byte*)weight.Data + (long)row * weight.Columns * TFormat.Size;
        for (int i = 0; i < weight.Columns; i++, source += TFormat.Size)
            target[i] = TFormat.Element(source);
    }

    /// <summary>Exact: 11 bits of scale times 8 bits fit into a single.</summary>
    static void WidenQ8(byte* source, int columns, float* target)
    {
        for (int block = 0; block < columns / Weight.BlockSize; block++, source += 2 + Weight.BlockSize, target += Weight.BlockSize)
        {
            float scale = F16Format.Element(source);
            for (int i = 0; i < Weight.BlockSize; i++)
                target[i] = scale * (sbyte)source[2 + i];
        }
    }

    static void WidenQ4(byte* source, int columns, float* target)
    {
        const int half = Weight.BlockSize / 2;
        for (int block = 0; block < columns / Weight.BlockSize; block++, source += 2 + half, target += Weight.BlockSize)
        {
            float scale = F16Format.Element(source);
            for (int i = 0; i < half; i++)
            {
                target[i] = scale * ((source[2 + i] & 15) - 8);
                target[half + i] = scale * ((source[2 + i] >> 4) - 8);
            }
        }
    }
}
