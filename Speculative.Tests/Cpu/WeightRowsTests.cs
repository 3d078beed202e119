namespace Speculative.Tests;

public sealed unsafe class WeightRowsTests
{
    [Theory]
    [InlineData(ElementType.F32, 256, 2)]
    [InlineData(ElementType.F16, 128, 2)]
    [InlineData(ElementType.BF16, 128, 2)]
    [InlineData(ElementType.Q8_0, 68, 2)]
    [InlineData(ElementType.Q4_0, 36, 2)]
    public void ByteLength_FollowsTheFormat(ElementType type, int rowBytes, int rows)
    {
        Weight weight = new(0, type, rows, 64);
        Assert.Equal((rowBytes, rowBytes * rows), (weight.RowByteLength, weight.ByteLength));
    }

    [Fact]
    public void Widen_Q8_EveryScaleAndByte_IsExact()
    {
        byte[] row = new byte[8 * 34];
        float[] target = new float[256];
        for (int scale = 0; scale < 1 << 16; scale += 7)
        {
            Half half = BitConverter.UInt16BitsToHalf((ushort)scale);
            if (!Half.IsFinite(half))
                continue;
            for (int i = 0; i < 256; i++)
            {
                BitConverter.TryWriteBytes(row.AsSpan(i / 32 * 34), half);
                row[i / 32 * 34 + 2 + i % 32] = (byte)i;
            }
            Widen(row, ElementType.Q8_0, 1, 0, target);
            for (int i = 0; i < 256; i++)
                Assert.True((double)half * (sbyte)i == target[i], $"{half} * {(sbyte)i} gave {target[i]}");
        }
    }

    [Fact]
    public void Widen_Q4_SecondRow_LowNibblesAreTheFirstHalf()
    {
        byte[] rows = new byte[2 * 2 * 18];
        float[] target = new float[64];
        foreach ((int block, float scale) in new[] { (2, 0.5f), (3, -3f) })
        {
            BitConverter.TryWriteBytes(rows.AsSpan(block * 18), (Half)scale);
            for (int i = 0; i < 16; i++)
                rows[block * 18 + 2 + i] = (byte)(i | 15 - i << 4);
        }
        Widen(rows, ElementType.Q4_0, 2, 1, target);
        for (int i = 0; i < 16; i++)
            Assert.Equal((0.5f * (i - 8), 0.5f * (7 - i), -3f * (i - 8), -3f * (7 - i)),
                (target[i], target[16 + i], target[32 + i], target[48 + i]));
    }

    static void Widen(byte[] source, ElementType type, int rows, int row, float[] target)
    {
        fixed (byte* data = source)
        fixed (float* to = target)
            WeightRows.Widen(new((nint)data, type, rows, target.Length), row, to);
    }
}
