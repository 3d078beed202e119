using ILGPU;
using ILGPU.Runtime;

namespace Speculative.Tests;

/// <summary>Bias, head norm, rotation and cache append against their formulas in double.</summary>
public sealed class RotaryAppendKernelTests(CpuAcceleratorFixture fixture) : IClassFixture<CpuAcceleratorFixture>
{
    const int Heads = 3, KvHeads = 1, Size = 10, Committed = 4, FirstNode = 2, Rows = 3, RowLength = (Heads + 2 * KvHeads) * Size;

    static readonly int[] Depths = [0, 1, 1, 2, 3];

    [Theory]
    [InlineData(ElementType.F32, 1, true, false)]
    [InlineData(ElementType.F16, 2, false, true)]
    [InlineData(ElementType.BF16, 1, true, true)]
    public void Append_EqualsTheFormulasInEveryFormat(ElementType cache, int splits, bool hasBias, bool hasNorm)
    {
        Accelerator accelerator = fixture.Accelerator;
        float[] product = RandomTrees.Floats(splits * Rows * RowLength, 1), turns = RandomTrees.Floats(12 * Size, 2);
        float[] bias = RandomTrees.Floats(RowLength, 3), queryNorm = RandomTrees.Floats(Size, 4), keyNorm = RandomTrees.Floats(Size, 5);
        float[] before = [.. Enumerable.Repeat(0.5f, (Committed + FirstNode + Rows) * KvHeads * Size)];
        using DeviceArray<int> committed = new(accelerator, [Committed]), depths = new(accelerator, Depths);
        using DeviceArray<float> partials = new(accelerator, product), table = new(accelerator, turns), biases = new(accelerator, bias);
        using DeviceArray<float> queryScale = new(accelerator, queryNorm), keyScale = new(accelerator, keyNorm);
        using DeviceArray<float> queries = new(accelerator, Rows * Heads * Size);
        using StoredArray keys = new(accelerator, before, cache), values = new(accelerator, before, cache);
        ArrayView<float> none = ArrayView<float>.Empty;
        new RotaryAppendKernel(accelerator).Launch(
            accelerator.DefaultStream, Rows, new(Heads, KvHeads, Size, Committed - 1, FirstNode, splits, 1e-5f),
            new(table, hasBias ? biases : none, hasNorm ? queryScale : none, hasNorm ? keyScale : none),
            committed, depths, partials, queries, keys.Numbers, values.Numbers);
        double tolerance = cache switch { ElementType.F32 => 5e-6, ElementType.F16 => 2e-3, _ => 2e-2 };
        float[] foundQueries = queries.ToHost(), foundKeys = keys.ToHost(), foundValues = values.ToHost();
        for (int row = 0; row < Rows; row++)
            for (int head = 0; head < Heads + 2 * KvHeads; head++)
            {
                double[] expected = [.. Enumerable.Range(0, Size).Select(d => Enumerable.Range(0, splits)
                    .Sum(s => (double)product[(s * Rows + row) * RowLength + head * Size + d]) + (hasBias ? bias[head * Size + d] : 0))];
                if (head < Heads + KvHeads)
                    Turn(expected, hasNorm ? head < Heads ? queryNorm : keyNorm : null,
                        turns.AsSpan((Committed + Depths[FirstNode + row]) * Size, Size).ToArray());
                int slot = (Committed + FirstNode + row) * Size;
                float[] found = head < Heads ? foundQueries[((row * Heads + head) * Size)..]
                    : head < Heads + KvHeads ? foundKeys[slot..] : foundValues[slot..];
                for (int d = 0; d < Size; d++)
                    Assert.Equal(expected[d], found[d], head < Heads ? 5e-6 : tolerance);
            }
        Assert.All(foundKeys[..((Committed + FirstNode) * Size)], number => Assert.Equal(0.5f, number));
        Assert.All(foundValues[..((Committed + FirstNode) * Size)], number => Assert.Equal(0.5f, number));
    }

    static void Turn(double[] head, float[]? norm, float[] turn)
    {
        double scale = 1 / Math.Sqrt(head.Average(x => x * x) + 1e-5);
        for (int d = 0; norm is not null && d < Size; d++)
            head[d] *= scale * norm[d];
        for (int i = 0; i < Size / 2; i++)
            (head[i], head[i + Size / 2]) = (head[i] * turn[i] - head[i + Size / 2] * turn[i + Size / 2],
                head[i + Size / 2] * turn[i] + head[i] * turn[i + Size / 2]);
    }
}
