namespace Speculative.Tests;

public sealed unsafe class RankingJobTests
{
    const int Outputs = 700, Inputs = 32;

    public static MatrixTheoryData<int, Precision> ThreadsAndPrecisions() =>
        new([1, 2, 3], [Precision.AsStored, Precision.F32, Precision.BF16, Precision.Int8, Precision.Int4]);

    [Theory]
    [MemberData(nameof(ThreadsAndPrecisions))]
    public void Run_WithTies_GivesTheMostLikelyOfTheLogits(int threads, Precision precision)
    {
        float[] weights = Numbers(Outputs * Inputs);
        for (int output = 60; output < Outputs; output++) // each row returns often: the first must win, whichever thread finds it
            weights.AsSpan(output % 60 * Inputs, Inputs).CopyTo(weights.AsSpan(output * Inputs));
        fixed (float* data = weights)
        {
            using WeightArena arena = new();
            Matrix head = Matrices.Create(precision, new((nint)data, ElementType.F32, Outputs, Inputs), arena);
            using WorkerPool pool = new(threads);
            using RankingJob job = new(pool);
            foreach (int tokens in new[] { 1, 8, 2, 64 })
                foreach (int rows in new[] { 1, 2, 5, 8, 17, 64 })
                    Assert.Equal(Expected(head, rows, tokens), Actual(head, job, rows, tokens, Numbers(rows * Inputs)));
        }
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Run_NotFinite_HasNoTokens(float value)
    {
        float[] weights = [.. Enumerable.Repeat(1f, Outputs * Inputs)], x = [.. Enumerable.Repeat(1f, 3 * Inputs)];
        x[Inputs + 5] = value;
        fixed (float* data = weights)
        {
            using WeightArena arena = new();
            using WorkerPool pool = new(2);
            using RankingJob job = new(pool);
            foreach (Precision precision in (Precision[])[Precision.AsStored, .. PanelFormats.Precisions])
            {
                int[] best = Actual(
                    Matrices.Create(precision, new((nint)data, ElementType.F32, Outputs, Inputs), arena), job, 3, 2, x);
                Assert.Equal([0, 1, 0, 1], [.. best[..2], .. best[4..]]);
                Assert.True(best[2] < 0);
            }
        }
    }

    static int[] Actual(Matrix head, RankingJob job, int rows, int tokens, float[] x)
    {
        int[] tokenIds = new int[rows * tokens];
        fixed (float* source = x)
            job.Run(source, rows, Inputs, head, tokens, tokenIds);
        return tokenIds;
    }

    static int[] Expected(Matrix head, int rows, int tokens)
    {
        using WorkerPool pool = new(1);
        using PreparedActivations prepared = new(pool);
        float[] x = Numbers(rows * Inputs), logits = new float[rows * Outputs];
        fixed (float* source = x, target = logits)
            head.Multiply(prepared.Take(head, source, rows, Inputs), rows, Inputs, 0, Outputs, target, Outputs);
        return [.. logits.Chunk(Outputs).SelectMany(row => row.Index().OrderByDescending(logit => logit.Item).Take(tokens))
            .Select(logit => logit.Index)];
    }

    static float[] Numbers(int count)
    {
        Random random = new(7);
        return [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() * 2 - 1)];
    }
}
