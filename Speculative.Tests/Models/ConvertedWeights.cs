using System.Runtime.InteropServices;
using Speculative.Bench.Exporting;

namespace Speculative.Tests;

/// <summary>Another source's matrices in another number format; vectors, which are widened anyway, as they are.</summary>
sealed unsafe class ConvertedWeights(IWeightSource weights, ElementType type) : IWeightSource
{
    readonly Dictionary<string, nint> copies = [];

    public ModelConfig Config => weights.Config;

    public Weight GetWeight(string name, int rows, int columns)
    {
        Weight source = weights.GetWeight(name, rows, columns);
        if (rows == 1)
            return source;
        Weight converted = new(0, type, rows, columns);
        nint data = copies[name] = (nint)NativeMemory.AlignedAlloc((nuint)converted.ByteLength, 64);
        float[] numbers = new float[columns];
        for (int row = 0; row < rows; row++)
        {
            fixed (float* target = numbers)
                WeightRows.Widen(source, row, target);
            NumberEncoder.Encode(numbers, type, new((byte*)data + row * converted.RowByteLength, (int)converted.RowByteLength));
        }
        return converted with { Data = data };
    }

    public void Dispose()
    {
        foreach (nint copy in copies.Values)
            NativeMemory.AlignedFree((void*)copy);
        weights.Dispose();
    }
}
