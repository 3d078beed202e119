using System.Diagnostics;
using System.Text;
using CsCheck;

namespace Speculative.Tests;

/// <summary>Damaged files give one kind of exception, at once, without large memory.</summary>
public sealed class ModelFolderFuzzTests
{
    static readonly Gen<(int, byte, int)[]> edits = Gen.Select(
        Gen.Int[0, 400], Gen.OneOf(Gen.Byte, Gen.OneOfConst([.. "0123456789-[]{}\",:e."u8.ToArray()])), Gen.Int[0, 2]).Array[1, 6];

    [Fact]
    public void Open_DamagedWeights_WorksOrThrowsItsException() =>
        Fuzz(TinyFolder.Weights(), "model.safetensors");

    [Fact]
    public void Open_DamagedConfig_WorksOrThrowsItsException() =>
        Fuzz(Encoding.UTF8.GetBytes(TinyFolder.Config), "config.json");

    [Fact]
    public void Open_DamagedIndex_WorksOrThrowsItsException() =>
        Fuzz("""{"metadata":{"total_size":32},"weight_map":{"a":"shard.safetensors","b":"shard.safetensors"}}"""u8.ToArray(),
            ShardIndex.FileName);

    static void Fuzz(byte[] whole, string name)
    {
        using TinyFolder tiny = new();
        if (name == ShardIndex.FileName)
        {
            tiny.Delete("model.safetensors");
            tiny.Write("shard.safetensors", TinyFolder.Weights());
        }
        edits.Sample(list =>
        {
            tiny.Write(name, Damaged(whole, list));
            long before = GC.GetAllocatedBytesForCurrentThread(), start = Stopwatch.GetTimestamp();
            try
            {
                using ModelFolder folder = tiny.Open();
                folder.GetWeight("a", 2, 3);
            }
            catch (ModelFormatException fault)
            {
                Assert.NotEmpty(fault.Message);
            }
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
            Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0, 5);
        }, iter: 1500, threads: 1);
    }

    static byte[] Damaged(byte[] whole, (int At, byte Value, int Kind)[] edits)
    {
        List<byte> bytes = [.. whole];
        foreach ((int at, byte value, int kind) in edits)
            if (kind == 0)
                bytes[at % bytes.Count] = value;
            else if (kind == 1)
                bytes.Insert(at % bytes.Count, value);
            else
                bytes.RemoveAt(at % bytes.Count);
        return [.. bytes];
    }
}
