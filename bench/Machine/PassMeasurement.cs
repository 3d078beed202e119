using System.Diagnostics;

namespace Speculative.Bench.Machine;

/// <summary>Times single passes of a model.</summary>
sealed class PassMeasurement : IDisposable
{
    readonly ICausalModel model;
    readonly ICausalSequence sequence;
    readonly DraftTree tree = new(1);

    /// <summary>Creates a sequence.</summary>
    /// <param name="model">The model.</param>
    /// <param name="contextLength">Tokens in its cache.</param>
    public PassMeasurement(ICausalModel model, int contextLength)
    {
        this.model = model;
        sequence = model.CreateSequence(model.MaxContextLength);
        if (contextLength > 0)
            sequence.Prefill(Text(contextLength));
    }

    /// <summary>
    /// The seconds of a pass over one row with its most likely token, right after another: the caches hold what they would.
    /// </summary>
    public double OneRow()
    {
        CostCurve.Pass(sequence, tree, 1, model.VocabularySize);
        return CostCurve.Pass(sequence, tree, 1, model.VocabularySize) / 1000;
    }

    /// <summary>
    /// The seconds of a pass over a chain with the most likely tokens of every row, as many as each of <paramref name="counts"/> says:
    /// medians of passes in turns, each right after another of its kind, since a pass prepares what the one before it was asked for.
    /// </summary>
    public double[] Ranked(int rows, ReadOnlySpan<int> counts, CancellationToken cancellationToken)
    {
        const int rounds = 15;
        DraftTree chain = new(rows);
        double[][] seconds = [.. counts.ToArray().Select(_ => new double[rounds])];
        for (int round = -1; round < rounds; round++) // the first warms up
            for (int i = 0; i < counts.Length; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Ranked(chain, rows, counts[i]);
                double time = Ranked(chain, rows, counts[i]);
                if (round >= 0)
                    seconds[i][round] = time;
            }
        return [.. seconds.Select(Median)];
    }

    /// <summary>The seconds that a prompt takes: the median of a few.</summary>
    public double Prompt(int length, CancellationToken cancellationToken)
    {
        double[] seconds = new double[3];
        for (int i = -1; i < seconds.Length; i++) // the first warms up
        {
            cancellationToken.ThrowIfCancellationRequested();
            using ICausalSequence prompted = model.CreateSequence(length);
            long start = Stopwatch.GetTimestamp();
            prompted.Prefill(Text(length));
            if (i >= 0)
                seconds[i] = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }
        return Median(seconds);
    }

    /// <summary>Frees the sequence.</summary>
    public void Dispose() => sequence.Dispose();

    double Ranked(DraftTree chain, int rows, int count)
    {
        Span<int> tokenIds = stackalloc int[count];
        chain.Reset(0, rows);
        while (chain.Room > 0)
            chain.Add(chain.Count - 1, chain.Count % model.VocabularySize);
        long start = Stopwatch.GetTimestamp();
        IModelOutput output = sequence.Evaluate(chain);
        for (int node = 0; node < rows; node++)
            output.TopK(node, tokenIds);
        double time = Stopwatch.GetElapsedTime(start).TotalSeconds;
        sequence.Rollback();
        return time;
    }

    static double Median(double[] values)
    {
        Array.Sort(values);
        return values[values.Length / 2];
    }

    int[] Text(int length) => [.. Enumerable.Range(0, length).Select(i => i % model.VocabularySize)];
}
