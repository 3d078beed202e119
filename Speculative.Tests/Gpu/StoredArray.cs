using ILGPU.Runtime;

namespace Speculative.Tests;

/// <summary>Numbers rounded to a format and put on a device.</summary>
sealed class StoredArray : IDisposable
{
    readonly DeviceArray<float>? single;
    readonly DeviceArray<ushort>? words;
    readonly ElementType type;

    public StoredArray(Accelerator accelerator, float[] numbers, ElementType type)
    {
        this.type = type;
        if (type == ElementType.F32)
            single = new(accelerator, numbers);
        else
            words = new(accelerator, [.. numbers.Select(number => type == ElementType.F16 ? Float16(number) : BFloat16(number))]);
    }

    public DeviceNumbers Numbers => single?.Numbers(type) ?? words!.Numbers(type);

    /// <summary>The nearest f16's bits.</summary>
    public static ushort Float16(float number) => BitConverter.HalfToUInt16Bits((Half)number);

    /// <summary>The nearest bf16's bits, even among two; for finite numbers.</summary>
    public static ushort BFloat16(float number)
    {
        uint bits = BitConverter.SingleToUInt32Bits(number), low = bits >> 16;
        uint rest = bits & 0xffff;
        return (ushort)(rest > 0x8000 || rest == 0x8000 && low % 2 == 1 ? low + 1 : low);
    }

    /// <summary>The numbers as they were stored.</summary>
    public float[] ToHost() => single?.ToHost() ?? [.. words!.ToHost().Select(
        bits => type == ElementType.F16 ? (float)BitConverter.UInt16BitsToHalf(bits) : BitConverter.UInt32BitsToSingle((uint)bits << 16))];

    public void Dispose()
    {
        single?.Dispose();
        words?.Dispose();
    }
}
