using ILGPU;
using ILGPU.Runtime;

namespace Speculative.Tests;

/// <summary>On groups of one thread, of 32 and of 256, whose rounds read 8, 256 and 2048 logits.</summary>
public sealed class TopKKernelTests(CpuAcceleratorFixture narrow, WideCpuAcceleratorFixture wide, EmulationFixture emulation)
    : IClassFixture<CpuAcceleratorFixture>, IClassFixture<WideCpuAcceleratorFixture>, IClassFixture<EmulationFixture>
{
    /// <summary>Few different logits, both zeros and negative infinity among them: ids decide most places. Lengths that are no multiple of
    /// four are read one by one.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(12)]
    [InlineData(31)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(129)]
    [InlineData(252)]
    [InlineData(256)]
    [InlineData(257)]
    [InlineData(260)]
    [InlineData(1001)]
    public void Ranking_OfRowsWithManyTies_IsDescendingThenById(int vocabulary)
    {
        float[] logits = [.. RandomTrees.Floats(3 * vocabulary, vocabulary).Select(x => MathF.Round(x * 3))];
        Assert.Contains(logits, x => vocabulary < 31 || float.IsNegative(x) && x == 0);
        for (int i = 0; i < logits.Length; i += 5)
            logits[i] = float.NegativeInfinity;
        Ranker group = new(narrow.Accelerator), thread = new(emulation.Context.Accelerator);
        foreach (int count in (int[])[1, 2, 7, 8, 9, 16, 17, vocabulary])
            if (count <= Math.Min(vocabulary, 64))
            {
                Assert.Equal(Expected(logits, vocabulary, count), group.Rank(logits, vocabulary, count));
                Assert.Equal(Expected(logits, vocabulary, count), thread.Rank(logits, vocabulary, count));
            }
    }

    [Theory]
    [InlineData(2044)]
    [InlineData(2048)]
    [InlineData(2052)]
    [InlineData(9001)]
    public void Ranking_InAGroupOfManyWarps_IsTheSame(int vocabulary)
    {
        float[] logits = RandomTrees.Floats(2 * vocabulary, vocabulary);
        Ranker ranker = new(wide.Accelerator);
        foreach (int count in (int[])[1, 8, 20])
            Assert.Equal(Expected(logits, vocabulary, count), ranker.Rank(logits, vocabulary, count));
    }

    /// <summary>What is passed over depends on the largest logits of eight classes of threads: one class without any, all but one, rising
    /// and falling rows, equal ones.</summary>
    [Fact]
    public void Ranking_OfRowsThatFavourSomeThreads_IsTheSame()
    {
        const int Vocabulary = 1600;
        Func<int, float>[] rows =
        [
            id => id / 4 % 8 == 5 ? -1000 + id : id % 77, id => id / 4 % 8 == 5 ? id % 77 : -1000 - id, id => id, id => -id, _ => 0,
            id => id / 4 % 32 == 9 ? id % 5 : float.NegativeInfinity, _ => float.NegativeInfinity, id => id == 1599 ? 1 : -0f,
        ];
        float[] logits = [.. rows.SelectMany(row => Enumerable.Range(0, Vocabulary).Select(row))];
        Ranker ranker = new(narrow.Accelerator);
        foreach (int count in (int[])[3, 8, 24])
            Assert.Equal(Expected(logits, Vocabulary, count), ranker.Rank(logits, Vocabulary, count));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Ranking_OfABrokenRow_GivesNoToken(float broken)
    {
        Ranker ranker = new(narrow.Accelerator);
        foreach (int vocabulary in (int[])[300, 301])
            foreach (int at in (int[])[0, 3, 127, 128, 255, 256, 299])
            {
                float[] logits = RandomTrees.Floats(3 * vocabulary, 1);
                logits[vocabulary + at] = broken;
                int[] expected = Expected(logits, vocabulary, 11);
                expected.AsSpan(11, 11).Fill(ArgMaxKernel.NonFinite);
                Assert.Equal(expected, ranker.Rank(logits, vocabulary, 11));
            }
    }

    /// <summary>Rows that begin anywhere, as those of a later part of a larger block may.</summary>
    [Fact]
    public void Ranking_OfAPartOfABlock_ReadsNoOther()
    {
        float[] logits = RandomTrees.Floats(3 * 64, 3);
        using DeviceArray<float> source = new(narrow.Accelerator, logits);
        using DeviceArray<int> tokens = new(narrow.Accelerator, 5);
        TopKKernel kernel = new(narrow.Accelerator);
        for (int first = 60; first < 70; first++)
        {
            kernel.Launch(narrow.Accelerator.DefaultStream, 1, 64, 5, ((ArrayView<float>)source).SubView(first, 64), tokens);
            Assert.Equal(Expected(logits[first..(first + 64)], 64, 5), tokens.ToHost());
        }
    }

    [Fact]
    public void Launch_WithSizesThatCannotBe_Throws()
    {
        using DeviceArray<float> logits = new(narrow.Accelerator, 20);
        using DeviceArray<int> tokens = new(narrow.Accelerator, 20);
        TopKKernel kernel = new(narrow.Accelerator);
        Assert.Throws<ArgumentException>(() => kernel.Launch(narrow.Accelerator.DefaultStream, 3, 10, 2, logits, tokens));
        Assert.Throws<ArgumentOutOfRangeException>(() => kernel.Launch(narrow.Accelerator.DefaultStream, 1, 10, 11, logits, tokens));
    }

    static int[] Expected(float[] logits, int vocabulary, int count) =>
        [.. logits.Chunk(vocabulary).SelectMany(row =>
            Enumerable.Range(0, vocabulary).OrderByDescending(id => row[id]).ThenBy(id => id).Take(count))];

    sealed class Ranker(Accelerator accelerator)
    {
        readonly TopKKernel kernel = new(accelerator);

        public int[] Rank(float[] logits, int vocabulary, int count)
        {
            int rows = logits.Length / vocabulary;
            using DeviceArray<float> source = new(accelerator, logits);
            using DeviceArray<int> tokens = new(accelerator, rows * count);
            kernel.Launch(accelerator.DefaultStream, rows, vocabulary, count, source, tokens);
            return tokens.ToHost();
        }
    }
}
