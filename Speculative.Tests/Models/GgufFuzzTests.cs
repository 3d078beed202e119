using System.Diagnostics;
using CsCheck;
using Speculative.Bench.Exporting;

namespace Speculative.Tests;

/// <summary>Damaged GGUF files give one kind of exception, at once, without large memory.</summary>
public sealed class GgufFuzzTests
{
    static readonly Gen<(int, byte, int)[]> edits =
        Gen.Select(Gen.Int[0, 1400], Gen.OneOf(Gen.Byte, Gen.OneOfConst<byte>(0, 1, 8, 9, 0x7F, 0x80, 0xFF)), Gen.Int[0, 3]).Array[1, 6];

    [Fact]
    public void Open_DamagedFile_WorksOrThrowsItsException()
    {
        byte[] whole = TinyGguf.Bytes(Add);
        edits.Sample(list =>
        {
            using TinyGguf gguf = new(Damaged(whole, list));
            long before = GC.GetAllocatedBytesForCurrentThread(), start = Stopwatch.GetTimestamp();
            try
            {
                using GgufFile file = gguf.Open();
                file.GetWeight("model.embed_tokens.weight", 8, 16);
                file.GetWeight("model.layers.0.self_attn.q_proj.weight", 16, 1);
                Tokenizer.Load(file).Encode("ab c");
                ChatTemplate.Load(file);
            }
            catch (ModelFormatException fault)
            {
                Assert.NotEmpty(fault.Message);
            }
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 << 20);
            Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0, 5);
        }, iter: 1500, threads: 1);
    }

    static void Add(GgufWriter writer)
    {
        writer.Add("tokenizer.ggml.model", "llama");
        writer.Add("tokenizer.ggml.tokens", ["<unk>", "<s>", "a", "b", "ab", "▁", "▁a", "<end>"]);
        writer.Add("tokenizer.ggml.token_type", [2, 3, 1, 1, 1, 1, 1, 4]);
        writer.Add("tokenizer.ggml.scores", [0f, 0f, -3f, -4f, -1f, -5f, -2f, 0f]);
        writer.Add("tokenizer.ggml.add_space_prefix", true);
        writer.Add("tokenizer.chat_template", "{{ bos_token }}[INST] <<SYS>>");
        TinyGguf.AddRows(writer, "blk.0.attn_q.weight", 16, 1);
    }

    static byte[] Damaged(byte[] whole, (int At, byte Value, int Kind)[] edits)
    {
        List<byte> bytes = [.. whole];
        foreach ((int at, byte value, int kind) in edits)
            if (kind <= 1)
                bytes[at % bytes.Count] = value;
            else if (kind == 2)
                bytes.Insert(at % bytes.Count, value);
            else
                bytes.RemoveAt(at % bytes.Count);
        return [.. bytes];
    }
}
