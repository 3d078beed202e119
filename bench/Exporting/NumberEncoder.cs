using System.Buffers.Binary;

namespace Speculative.Bench.Exporting;

/// <summary>Turns rows of numbers into the number formats of GGUF, and the formats of model folders into numbers.</summary>
static class NumberEncoder
{
    const int Block = 32;

    /// <summary>The number that GGUF has for a format.</summary>
    public static int TypeNumber(ElementType type) => type switch
    {
        ElementType.F32 => 0,
        ElementType.F16 => 1,
        ElementType.Q4_0 => 2,
        ElementType.Q8_0 => 8,
        _ => 30,
    };

    /// <summary>The numbers of one row.</summary>
    public static unsafe void Decode(in Weight weight, int row, Span<float> target)
    {
        byte* source = (byte*)weight.Data + row * weight.RowByteLength;
        for (int i = 0; i < target.Length; i++)
            target[i] = weight.Type switch
            {
                ElementType.F32 => ((float*)source)[i],
                ElementType.F16 => (float)((Half*)source)[i],
                ElementType.BF16 => BitConverter.UInt32BitsToSingle((uint)((ushort*)source)[i] << 16),
                _ => throw new BenchException($"Expected weights in F32, F16 or BF16, found {weight.Type}."),
            };
    }

    /// <summary>One row in a format, to the nearest number (of two, the one with an even last bit).</summary>
    public static void Encode(ReadOnlySpan<float> row, ElementType type, Span<byte> target)
    {
        if (type is ElementType.Q8_0 or ElementType.Q4_0)
            for (int block = 0; block < row.Length / Block; block++)
                if (type == ElementType.Q8_0)
                    EncodeQ8(row.Slice(block * Block, Block), target.Slice(block * 34, 34));
                else
                    EncodeQ4(row.Slice(block * Block, Block), target.Slice(block * 18, 18));
        else
            for (int i = 0; i < row.Length; i++)
                if (type == ElementType.F32)
                    BinaryPrimitives.WriteSingleLittleEndian(target[(4 * i)..], row[i]);
                else if (type == ElementType.F16)
                    BinaryPrimitives.WriteHalfLittleEndian(target[(2 * i)..], (Half)row[i]);
                else
                    BinaryPrimitives.WriteUInt16LittleEndian(target[(2 * i)..], BF16Format.Round(row[i]));
    }

    /// <summary>The largest magnitude becomes 127.</summary>
    static void EncodeQ8(ReadOnlySpan<float> numbers, Span<byte> target)
    {
        float largest = 0;
        foreach (float number in numbers)
            largest = Math.Max(largest, Math.Abs(number));
        float scale = largest / 127, inverse = scale == 0 ? 0 : 1 / scale;
        BinaryPrimitives.WriteHalfLittleEndian(target, (Half)scale);
        for (int i = 0; i < Block; i++)
            target[2 + i] = (byte)(sbyte)MathF.Round(numbers[i] * inverse, MidpointRounding.AwayFromZero);
    }

    /// <summary>The number of the largest magnitude becomes 0, which stands for -8.</summary>
    static void EncodeQ4(ReadOnlySpan<float> numbers, Span<byte> target)
    {
        float largest = 0;
        foreach (float number in numbers)
            if (Math.Abs(number) > Math.Abs(largest))
                largest = number;
        float scale = largest / -8, inverse = scale == 0 ? 0 : 1 / scale;
        BinaryPrimitives.WriteHalfLittleEndian(target, (Half)scale);
        for (int i = 0; i < Block / 2; i++)
            target[2 + i] = (byte)(Nibble(numbers[i] * inverse) | Nibble(numbers[Block / 2 + i] * inverse) << 4);
    }

    static int Nibble(float scaled) => Math.Min(15, (int)(scaled + 8.5f));
}
