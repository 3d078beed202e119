using System.Diagnostics;
using CsCheck;

namespace Speculative.Tests;

/// <summary>Damaged files of packed weights give one kind of exception, at once, without large memory; what opens computes.</summary>
public sealed class PackedWeightsFuzzTests
{
    static readonly Gen<(int, byte, int)[]> edits = Gen.Select(Gen.Int[0, 4000],
        Gen.OneOf(Gen.Byte, Gen.OneOfConst([.. "0123456789-[]{}\",:e."u8.ToArray()])), Gen.Int[0, 3]).Array[1, 4];

    [Fact]
    public void Open_DamagedFile_WorksOrThrowsItsException()
    {
        string folder = Directory.CreateTempSubdirectory("speculative-").FullName;
        try
        {
            using (ModelFolder source = ModelFolder.Open(new ReferenceFixture("llama").Folder))
                PackedWeights.Write(source, Precision.Int4, folder);
            string file = Path.Combine(folder, PackedFile.FileName);
            byte[] whole = File.ReadAllBytes(file);
            edits.Sample(list => Try(folder, file, Damaged(whole, list)), iter: 500, threads: 1);
            for (int length = 0; length < whole.Length; length += 97)
            {
                File.WriteAllBytes(file, whole[..length]);
                Assert.Throws<ModelFormatException>(() => ModelFolder.Open(folder));
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    static void Try(string folder, string file, byte[] bytes)
    {
        File.WriteAllBytes(file, bytes);
        long before = GC.GetAllocatedBytesForCurrentThread(), start = Stopwatch.GetTimestamp();
        try
        {
            using CpuModel model = new(ModelFolder.Open(folder), new() { Threads = 1 });
            using ICausalSequence sequence = model.CreateSequence(4);
            sequence.Prefill([1, 2, 3]).ArgMax(2);
        }
        catch (Exception fault) when (fault is ModelFormatException or NonFiniteLogitsException)
        {
            Assert.NotEmpty(fault.Message);
        }
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 << 20);
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0, 5);
    }

    /// <summary>Edits in the header, mostly; the last kind damages the weights.</summary>
    static byte[] Damaged(byte[] whole, (int At, byte Value, int Kind)[] edits)
    {
        List<byte> bytes = [.. whole];
        foreach ((int at, byte value, int kind) in edits)
            if (kind == 0)
                bytes[at % bytes.Count] = value;
            else if (kind == 1)
                bytes.Insert(at % bytes.Count, value);
            else if (kind == 2)
                bytes.RemoveAt(at % bytes.Count);
            else
                bytes[bytes.Count - 1 - at % bytes.Count] = value;
        return [.. bytes];
    }
}
