using System.Runtime.InteropServices;

namespace Speculative.Tests;

/// <summary>
/// Another source with its Q4_0 and Q8_0 blocks as an importance matrix may make them: no level reaches -8 (or half of 127), so rounding
/// their numbers anew would move them.
/// </summary>
sealed unsafe class MovedBlocks(IWeightSource weights) : IWeightSource
{
    readonly Dictionary<string, nint> copies = [];

    public ModelConfig Config => weights.Config;

    public Weight GetWeight(string name, int rows, int columns)
    {
        Weight source = weights.GetWeight(name, rows, columns);
        if (source.Type is not (ElementType.Q4_0 or ElementType.Q8_0))
            return source;
        if (!copies.TryGetValue(name, out nint data))
            copies[name] = data = Move(source);
        return source with { Data = data };
    }

    public void Dispose()
    {
        foreach (nint copy in copies.Values)
            NativeMemory.AlignedFree((void*)copy);
        weights.Dispose();
    }

    static nint Move(Weight source)
    {
        byte* data = (byte*)NativeMemory.AlignedAlloc((nuint)source.ByteLength, 64);
        new ReadOnlySpan<byte>((void*)source.Data, (int)source.ByteLength).CopyTo(new(data, (int)source.ByteLength));
        int block = (int)source.RowByteLength / (source.Columns / 32);
        for (int i = 0; i < source.ByteLength; i++)
            if (i % block >= sizeof(ushort))
                data[i] = source.Type == ElementType.Q8_0 ? (byte)((sbyte)data[i] / 2)
                    : (byte)(Math.Max(data[i] & 15, 1) | Math.Max(data[i] >> 4, 1) << 4);
        return (nint)data;
    }
}
