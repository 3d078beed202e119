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
            default: throw new ArgumentOutOfRangeException(nameof(weight), weight.Type, "Expected F32, F16 or BF16.");
        }
    }

    static void Widen<TFormat>(Weight weight, int row, float* target) where TFormat : struct, IWeightFormat
    {
        byte* source = (byte*)weight.Data + (long)row * weight.Columns * TFormat.Size;
        for (int i = 0; i < weight.Columns; i++, source += TFormat.Size)
            target[i] = TFormat.Element(source);
    }
}
