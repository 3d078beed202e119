using System.Diagnostics;

namespace Speculative.Bench.Machine;

/// <summary>Times single passes of a model.</summary>
sealed class PassMeasurement : IDisposable
{
    readonly ICausalModel model;
    readonly ICausalSequence sequence;
    readonly DraftTree tree;

    /// <summary>Creates a sequence.</summary>
    /// <param name="model">The model.</param>
    /// <param name="contextLength">Tokens in its cache.</param>
    public PassMeasurement(ICausalModel model, int contextLength)
    {
        this.model = model;
        tree = new(model.MaxTreeNodes);
        sequence = model.CreateSequence(model.MaxContextLength);
        if (contextLength > 0)
            sequence.Prefill(Text(contextLength));
    }

    /// <summary>
    /// The seconds of a pass over a chain with the most likely token of every row, or so many of them, right after another: the caches hold
    /// what they would, and a pass prepares what the one before it was asked for.
    /// </summary>
    /// <param name="rows">The chain's length, up to what the model checks at once.</param>
    /// <param name="ranked">Tokens asked for of each row.</param>
    public double Chain(int rows = 1, int ranked = 1)
    {
        CostCurve.Pass(sequence, tree, rows, model.VocabularySize, ranked);
        return CostCurve.Pass(sequence, tree, rows, model.VocabularySize, ranked) / 1000;
    }

    /// <summary>
    /// The seconds that a prompt takes up to its first token: the median of a few. As in a session the last token is a pass by itself, and
    /// its row is read, so a device is done when the time ends.
    /// </summary>
    public double Prompt(int length, CancellationToken cancellationToken)
    {
        double[] seconds = new double[3];
        int[] text = Text(length);
        for (int i = -1; i < seconds.Length; i++) // the first warms up
        {
            cancellationToken.ThrowIfCancellationRequested();
            using ICausalSequence prompted = model.CreateSequence(length);
            long start = Stopwatch.GetTimestamp();
            prompted.Prefill(text.AsSpan(0, length - 1));
            prompted.Prefill(text.AsSpan(length - 1)).ArgMax(0);
            if (i >= 0)
                seconds[i] = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }
        Array.Sort(seconds);
        return seconds[seconds.Length / 2];
    }

    /// <summary>Frees the sequence.</summary>
    public void Dispose() => sequence.Dispose();

    int[] Text(int length) => [.. Enumerable.Range(0, length).Select(i => i % model.VocabularySize)];
}
