using System.Runtime.Intrinsics.X86;

namespace Speculative.Tests;

public sealed class AttentionTests
{
    const int Chunk = AttentionJob.Chunk;

    static readonly ModelConfig[] Shapes =
    [
        TinyShapes.Llama with { LayerCount = 2, HeadSize = 64 },
        TinyShapes.Odd with { LayerCount = 1 },
        TinyShapes.Qwen2 with { LayerCount = 1 },
    ];

    public static MatrixTheoryData<int, CacheFormat> WidthsAndFormats() => new([128, 256, 512], Enum.GetValues<CacheFormat>());

    /// <summary>
    /// Single-precision chains over up to 1,100 numbers of about 1: relative to the largest value 2e-5 covers them. What int8 loses against
    /// the oracle is a rounding of its scale alone.
    /// </summary>
    [Theory]
    [MemberData(nameof(WidthsAndFormats))]
    public void Rows_EqualTheOracle(int bits, CacheFormat format)
    {
        SkipWithout(bits);
        foreach ((int committed, int nodes) in new[] { (0, 1), (0, 70), (31, 5), (Chunk - 1, 40), (2 * Chunk - 20, 64), (4 * Chunk, 64) })
            foreach (ModelConfig config in Shapes)
            {
                using AttentionRun run = new(config, format, bits, threads: 2);
                DraftTree tree = AttentionRun.RandomTree(nodes, committed + nodes);
                float[][] actual = run.Attend(committed, tree);
                foreach (int row in new[] { 0, actual.Length / 2, actual.Length - 1 })
                    foreach (int head in new[] { 0, config.HeadCount - 1 })
                    {
                        double[] expected = run.Expected(committed, tree, row, head);
                        for (int i = 0; i < config.HeadSize; i++)
                            Assert.InRange(actual[row][head * config.HeadSize + i], expected[i] - 2e-5, expected[i] + 2e-5);
                    }
            }
    }

    /// <summary>A row in any tree, with any threads, has the bits that it has where all positions before its own are committed.</summary>
    [Theory]
    [MemberData(nameof(WidthsAndFormats))]
    public void Rows_InAnyTree_HaveTheBitsOfTheCommittedText(int bits, CacheFormat format)
    {
        SkipWithout(bits);
        foreach (int nodes in new[] { 1, 2, 3, 8, 33, 64 })
            foreach (int committed in new[] { 0, 17, Chunk - 1, Chunk, 2 * Chunk - nodes / 2, 3 * Chunk + 5 })
            {
                ModelConfig config = Shapes[(nodes + committed) % Shapes.Length];
                using AttentionRun run = new(config, format, bits, 1 + nodes % 4), alone = new(config, format, bits, 1 + committed % 3);
                DraftTree tree = AttentionRun.RandomTree(nodes, committed + nodes);
                float[][] rows = run.Attend(committed, tree);
                foreach (int row in new[] { 0, nodes / 2, nodes - 1 })
                    Assert.True(alone.AttendLast(committed, tree, row).AsSpan().SequenceEqual(rows[row]),
                        $"{nodes} nodes after {committed} positions: row {row} differs");
            }
    }

    [Theory]
    [MemberData(nameof(WidthsAndFormats))]
    public void Cache_MovedAndGrown_KeepsItsNumbers(int bits, CacheFormat format)
    {
        SkipWithout(bits);
        using AttentionRun moved = new(Shapes[0], format, bits, 2), direct = new(Shapes[0], format, bits, 2);
        DraftTree tree = AttentionRun.RandomTree(64, 7);
        Assert.Equal(direct.AttendLast(Chunk - 30, tree, 63), moved.AttendAfterCommit(Chunk - 30, tree, 63));
    }

    [Theory]
    [InlineData(CacheFormat.F32)]
    [InlineData(CacheFormat.BF16)]
    [InlineData(CacheFormat.Int8)]
    public void Rows_ThatSeeWhatIsNotFinite_AreNotFinite(CacheFormat format)
    {
        using AttentionRun run = new(Shapes[0], format, 128, 1);
        DraftTree tree = AttentionRun.RandomTree(3, 1);
        foreach (float[] numbers in new[] { run.Keys[5], run.Values[5] })
        {
            Assert.All(run.Attend(20, tree), row => Assert.All(row, number => Assert.True(float.IsFinite(number))));
            numbers[3] = float.NaN;
            Assert.All(run.Attend(20, tree), row => Assert.Contains(row, number => !float.IsFinite(number)));
            numbers[3] = 0;
        }
        run.Values[5][3] = float.PositiveInfinity;
        Assert.All(run.Attend(20, tree), row => Assert.Contains(row, number => !float.IsFinite(number)));
    }

    static void SkipWithout(int bits)
    {
        Assert.SkipWhen(bits == 512 && !Avx512F.IsSupported, "The processor has no AVX-512.");
        Assert.SkipWhen(bits == 256 && !Avx2.IsSupported, "The processor has no AVX2.");
    }
}
