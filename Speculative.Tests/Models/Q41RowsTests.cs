namespace Speculative.Tests;

public sealed unsafe class Q41RowsTests
{
    /// <summary>The second row of two, blocks with scales and least numbers of both signs; low nibbles are the first half.</summary>
    [Fact]
    public void GetWeight_Q41_IsWidenedToSingles()
    {
        using TinyGguf gguf = new(TinyGguf.Bytes(writer => writer.AddTensor("blk.0.ffn_down.weight", 3, 2, 64, 80, stream =>
        {
            stream.Write(new byte[40]);
            foreach ((float scale, float least) in new[] { (0.5f, -3f), (-0.25f, 8f) })
            {
                stream.Write(BitConverter.GetBytes((Half)scale));
                stream.Write(BitConverter.GetBytes((Half)least));
                for (int i = 0; i < 16; i++)
                    stream.WriteByte((byte)(i | (15 - i) << 4));
            }
        })));
        using GgufFile file = gguf.Open();
        Weight weight = file.GetWeight("model.layers.0.mlp.down_proj.weight", 2, 64);
        Assert.Equal(ElementType.F32, weight.Type);
        float* row = (float*)weight.Data + 64;
        for (int i = 0; i < 16; i++)
            Assert.Equal((0.5f * i - 3, 0.5f * (15 - i) - 3, 8 - 0.25f * i, 8 - 0.25f * (15 - i)),
                (row[i], row[16 + i], row[32 + i], row[48 + i]));
        Assert.Equal(new float[64], new ReadOnlySpan<float>((void*)weight.Data, 64).ToArray());
    }

    [Fact]
    public void Open_Q41WithPartOfABlock_IsRefused()
    {
        using TinyGguf gguf = new(TinyGguf.Bytes(writer =>
            writer.AddTensor("blk.0.ffn_down.weight", 3, 1, 33, 40, stream => stream.Write(new byte[40]))));
        Assert.Contains("a multiple of 32 columns in Q4_1, found 33",
            Assert.Throws<ModelFormatException>(gguf.Open).Message, StringComparison.Ordinal);
    }
}
