using System.Buffers.Binary;
using Speculative.Bench.Exporting;

namespace Speculative.Tests;

public sealed unsafe class Q6KRowsTests
{
    static readonly int[] storedRows = [0, 2, 4, 6, 1, 3, 5, 7, 8, 10, 12, 14, 9, 11, 13, 15];

    static int SixBits(int i) => i * 37 % 64;

    static sbyte Scale(int i) => (sbyte)(i / 16 * 15 - 100);

    [Fact]
    public void Widen_EveryPlace_IsTheDefinition()
    {
        float[] actual = new float[512];
        byte[] row = [.. Block((Half)0.25f), .. Block((Half)(-3))];
        fixed (byte* source = row)
        fixed (float* target = actual)
            Q6KRows.Widen(source, 512, target);
        for (int i = 0; i < 512; i++)
            Assert.Equal((i < 256 ? 0.25f : -3) * Scale(i % 256) * (SixBits(i % 256) - 32), actual[i]);
    }

    /// <summary>The head of a Q4_0 file, and the queries of a Q6_K file: whole rows move.</summary>
    [Fact]
    public void GetWeight_Q6K_IsWidenedToSingles()
    {
        using TinyGguf gguf = new(TinyGguf.Bytes(writer =>
        {
            Add(writer, "output.weight", 2);
            Add(writer, "blk.0.attn_q.weight", 16);
        }));
        using GgufFile file = gguf.Open();
        Weight head = file.GetWeight("lm_head.weight", 2, 256), queries = file.GetWeight("model.layers.0.self_attn.q_proj.weight", 16, 256);
        Assert.Equal((ElementType.F32, ElementType.F32), (head.Type, queries.Type));
        Assert.Equal(head, file.GetWeight("lm_head.weight", 2, 256));
        Assert.Equal([.. Widened(1), .. Widened(2)], new ReadOnlySpan<float>((void*)head.Data, 512).ToArray());
        foreach ((int row, int stored) in storedRows.Index())
            Assert.Equal(Widened(stored + 1), new ReadOnlySpan<float>((float*)queries.Data + row * 256, 256).ToArray());
    }

    static void Add(GgufWriter writer, string name, int rows) => writer.AddTensor(name, 14, rows, 256, 210 * rows, stream =>
    {
        for (int row = 1; row <= rows; row++)
            stream.Write(Block((Half)row));
    });

    static float[] Widened(int scale) => [.. Enumerable.Range(0, 256).Select(i => (float)scale * Scale(i) * (SixBits(i) - 32))];

    /// <summary>Packed the other way round: four runs of 32 numbers into 64 bytes of nibbles and 32 of pairs.</summary>
    static byte[] Block(Half common)
    {
        byte[] block = new byte[210];
        for (int half = 0; half < 2; half++)
            for (int i = 0; i < 32; i++)
            {
                int[] runs = [.. Enumerable.Range(0, 4).Select(run => SixBits(half * 128 + run * 32 + i))];
                block[half * 64 + i] = (byte)(runs[0] & 15 | (runs[2] & 15) << 4);
                block[half * 64 + 32 + i] = (byte)(runs[1] & 15 | (runs[3] & 15) << 4);
                block[128 + half * 32 + i] = (byte)(runs[0] >> 4 | runs[1] >> 4 << 2 | runs[2] >> 4 << 4 | runs[3] >> 4 << 6);
            }
        for (int i = 0; i < 16; i++)
            block[192 + i] = (byte)Scale(16 * i);
        BinaryPrimitives.WriteHalfLittleEndian(block.AsSpan(208), common);
        return block;
    }
}
