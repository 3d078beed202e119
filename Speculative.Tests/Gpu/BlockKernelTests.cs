using ILGPU.Runtime;

namespace Speculative.Tests;

/// <summary>The small kernels of a decoder block against their formulas in double, on groups of 32 threads.</summary>
public sealed class BlockKernelTests(CpuAcceleratorFixture fixture) : IClassFixture<CpuAcceleratorFixture>
{
    static readonly ElementType[] Formats = [ElementType.F32, ElementType.F16, ElementType.BF16];

    AcceleratorStream Stream => fixture.Accelerator.DefaultStream;

    [Fact]
    public void Embedding_InEveryFormat_CopiesTheRowsOfTheTokens()
    {
        float[] table = [.. RandomTrees.Floats(7 * 45, 1).Select(x => (float)(System.Half)(MathF.Round(x * 64) / 64))];
        int[] tokens = [6, 0, 3, 3];
        foreach (ElementType type in Formats)
        {
            using DeviceArray<int> ids = new(fixture.Accelerator, tokens);
            using DeviceArray<float> x = new(fixture.Accelerator, 4 * 45);
            using StoredArray stored = new(fixture.Accelerator, table, type);
            new EmbeddingKernel(fixture.Accelerator).Launch(Stream, 4, 45, ids, stored.Numbers, x);
            Assert.Equal([.. tokens.SelectMany(token => table[(token * 45)..((token + 1) * 45)])], x.ToHost());
        }
    }

    [Theory]
    [InlineData(1, 33, 0)]
    [InlineData(3, 300, 1)]
    [InlineData(2, 64, 3)]
    public void ResidualNorm_AddsSplitsInOrderAndNormalises(int rows, int size, int splits)
    {
        float[] x = RandomTrees.Floats(rows * size, 1), partials = RandomTrees.Floats(Math.Max(1, splits) * rows * size, 2);
        float[] weight = RandomTrees.Floats(size, 3);
        float[] sums = [.. x.Select((value, i) => splits == 0 ? value : value + Enumerable.Range(1, splits - 1)
            .Aggregate(partials[i], (sum, s) => sum + partials[s * rows * size + i]))];
        using DeviceArray<float> residual = new(fixture.Accelerator, x), added = new(fixture.Accelerator, partials);
        using DeviceArray<float> scale = new(fixture.Accelerator, weight), normed = new(fixture.Accelerator, rows * size);
        new ResidualNormKernel(fixture.Accelerator).Launch(
            Stream, rows, size, splits, 1e-5f, residual, added, scale, normed.Numbers(ElementType.F32));
        Assert.Equal(sums, residual.ToHost());
        float[] actual = normed.ToHost();
        for (int i = 0; i < actual.Length; i++)
        {
            double mean = sums.AsSpan(i / size * size, size).ToArray().Average(value => (double)value * value);
            Assert.Equal(sums[i] * weight[i % size] / Math.Sqrt(mean + 1e-5), actual[i], 2e-6);
        }
    }

    [Fact]
    public void ResidualNorm_In16Bits_IsTheRoundedSingle()
    {
        using DeviceArray<float> x = new(fixture.Accelerator, RandomTrees.Floats(70, 1));
        using DeviceArray<float> weight = new(fixture.Accelerator, RandomTrees.Floats(70, 2));
        using DeviceArray<float> single = new(fixture.Accelerator, 70);
        using DeviceArray<ushort> brain = new(fixture.Accelerator, 70), half = new(fixture.Accelerator, 70);
        ResidualNormKernel kernel = new(fixture.Accelerator);
        kernel.Launch(Stream, 1, 70, 0, 1e-5f, x, x, weight, single.Numbers(ElementType.F32));
        kernel.Launch(Stream, 1, 70, 0, 1e-5f, x, x, weight, brain.Numbers(ElementType.BF16));
        kernel.Launch(Stream, 1, 70, 0, 1e-5f, x, x, weight, half.Numbers(ElementType.F16));
        Assert.Equal([.. single.ToHost().Select(StoredArray.BFloat16)], brain.ToHost());
        Assert.Equal([.. single.ToHost().Select(StoredArray.Float16)], half.ToHost());
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(3, 130, 2)]
    public void SiluGate_EqualsTheFormula(int rows, int size, int splits)
    {
        float[] partials = [.. RandomTrees.Floats(splits * rows * 2 * size, 1).Select(x => 4 * x)];
        using DeviceArray<float> source = new(fixture.Accelerator, partials), gated = new(fixture.Accelerator, rows * size);
        using DeviceArray<ushort> brain = new(fixture.Accelerator, rows * size), half = new(fixture.Accelerator, rows * size);
        SiluGateKernel kernel = new(fixture.Accelerator);
        kernel.Launch(Stream, rows, size, splits, source, gated.Numbers(ElementType.F32));
        kernel.Launch(Stream, rows, size, splits, source, brain.Numbers(ElementType.BF16));
        kernel.Launch(Stream, rows, size, splits, source, half.Numbers(ElementType.F16));
        float[] actual = gated.ToHost();
        for (int i = 0; i < actual.Length; i++)
        {
            int at = i / size * 2 * size + i % size;
            double gate = Enumerable.Range(0, splits).Sum(s => (double)partials[s * rows * 2 * size + at]);
            double up = Enumerable.Range(0, splits).Sum(s => (double)partials[s * rows * 2 * size + at + size]);
            Assert.Equal(gate / (1 + Math.Exp(-gate)) * up, actual[i], 1e-5);
        }
        Assert.Equal([.. actual.Select(StoredArray.BFloat16)], brain.ToHost());
        Assert.Equal([.. actual.Select(StoredArray.Float16)], half.ToHost());
    }

    [Theory]
    [InlineData(ElementType.F32)]
    [InlineData(ElementType.BF16)]
    public unsafe void RandomFill_GivesTheNumbersOfRandomWeights(ElementType type)
    {
        using RandomWeights weights = new(TinyShapes.Llama, type, seed: 5);
        foreach (string name in (string[])["a.weight", "b.norm.weight"])
        {
            Weight expected = weights.GetWeight(name, 7, 50);
            using DeviceArray<byte> made = new(fixture.Accelerator, (int)expected.ByteLength);
            RandomFillKernel kernel = new(fixture.Accelerator);
            DeviceNumbers numbers = made.Numbers(type);
            kernel.Launch(Stream, numbers.Part(0, 100), new(name, 50, 5), 0, type);
            kernel.Launch(Stream, numbers.Part(100, 250), new(name, 50, 5), 100, type);
            Assert.Equal(new ReadOnlySpan<byte>((void*)expected.Data, (int)expected.ByteLength).ToArray(), made.ToHost());
        }
    }
}
