namespace Speculative.Tests;

public sealed unsafe class TokenRankingTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(64)]
    [InlineData(1000)]
    [InlineData(4099)]
    public void Ranking_WithTies_EqualsStableSort(int length)
    {
        for (int seed = 0; seed < 30; seed++)
        {
            float[] row = Row(length, seed);
            int[] sorted = [.. Enumerable.Range(0, length).OrderByDescending(id => row[id]).ThenBy(id => id)];
            foreach (int count in new[] { 1, 2, 8, 64, 65, length })
                fixed (float* logits = row)
                {
                    int[] best = new int[Math.Min(count, length)];
                    new TokenRanking().TopK(logits, length, 0, best);
                    Assert.Equal(sorted[..best.Length], best);
                    Assert.Equal(sorted[0], TokenRanking.ArgMax(logits, length, 0));
                }
        }
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Ranking_NotFiniteAnywhere_Throws(float value)
    {
        for (int at = 0; at < 77; at++)
        {
            float[] row = Row(77, 1);
            row[at] = value;
            fixed (float* logits = row)
            {
                nint pointer = (nint)logits;
                Assert.Equal(5, Assert.Throws<NonFiniteLogitsException>(() => TokenRanking.ArgMax((float*)pointer, 77, 5)).Node);
                Assert.Throws<NonFiniteLogitsException>(() => new TokenRanking().TopK((float*)pointer, 77, 5, new int[3]));
            }
        }
    }

    static float[] Row(int length, int seed)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, length).Select(_ => seed % 3 == 0 ? random.Next(-3, 3) : random.NextSingle() - (seed % 3 - 1))];
    }
}
