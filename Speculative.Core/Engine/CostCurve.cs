using System.Diagnostics;

namespace Speculative;

/// <summary>
/// What a target pass over M rows costs, measured: the number that decides how large a draft tree pays. Token Recycling's 80 nodes are
/// nearly free on a data-centre GPU and not at all on two CPU cores.
/// </summary>
public sealed class CostCurve
{
    readonly int[] rows;
    readonly double[] milliseconds;

    /// <summary>A measurement that has taken so long ends with the round that it is in.</summary>
    static readonly TimeSpan Enough = TimeSpan.FromSeconds(10);

    /// <summary>The row counts that are measured unless others are asked for.</summary>
    internal static IReadOnlyList<int> DefaultRows { get; } = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 81];

    /// <summary>Creates a curve through measured points.</summary>
    /// <param name="rows">Ascending row counts; the first is 1.</param>
    /// <param name="milliseconds">The time of a pass over as many rows; positive.</param>
    /// <exception cref="ArgumentException">The lists differ in length or break these rules.</exception>
    public CostCurve(ReadOnlySpan<int> rows, ReadOnlySpan<double> milliseconds)
    {
        if (rows.Length != milliseconds.Length || rows.IsEmpty || rows[0] != 1)
            throw new ArgumentException(
                $"Expected as many times as row counts, the first for 1 row; got {rows.Length} and {milliseconds.Length}.", nameof(rows));
        for (int i = 0; i < rows.Length; i++)
            if (!(milliseconds[i] > 0) || i > 0 && rows[i] <= rows[i - 1])
                throw new ArgumentException(
                    $"Expected ascending row counts and positive times; got {rows[i]} rows, {milliseconds[i]} ms.", nameof(rows));
        this.rows = rows.ToArray();
        this.milliseconds = milliseconds.ToArray();
    }

    /// <summary>The measured row counts, ascending.</summary>
    public ReadOnlySpan<int> Rows => rows;

    /// <summary>The time of a pass; between measured points interpolated, beyond the last extended at its slope.</summary>
    /// <param name="rowCount">Rows, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="rowCount"/> is below 1.</exception>
    public double Milliseconds(int rowCount)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rowCount, 1);
        int above = Array.FindIndex(rows, row => row >= rowCount);
        if (above >= 0 && rows[above] == rowCount || rows.Length == 1)
            return milliseconds[Math.Max(above, 0)];
        int right = above < 0 ? rows.Length - 1 : above, left = right - 1;
        double slope = (milliseconds[right] - milliseconds[left]) / (rows[right] - rows[left]);
        return milliseconds[left] + Math.Max(slope, 0) * (rowCount - rows[left]);
    }

    /// <summary>The cost of a pass over <paramref name="rowCount"/> rows in passes over one row.</summary>
    /// <param name="rowCount">Rows, at least 1.</param>
    public double Relative(int rowCount) => Milliseconds(rowCount) / milliseconds[0];

    /// <summary>
    /// Measures a model, as <see cref="MeasureAt"/> does, at the row counts that draft trees have: from 1 to 81. Begins no round
    /// after 10 seconds, but makes at least two. A curve may be kept: <see cref="Rows"/> and
    /// <see cref="Milliseconds"/> give what the constructor takes.
    /// </summary>
    /// <param name="model">The model to measure.</param>
    /// <param name="contextLength">Tokens committed beforehand; cut to what the model's context allows.</param>
    /// <param name="repetitions">The most passes a point; at least 1. After 10 seconds no more are begun.</param>
    /// <param name="cancellationToken">Ends the measurement.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    /// <exception cref="OperationCanceledException">The measurement was cancelled.</exception>
    public static CostCurve Measure(
        ICausalModel model, int contextLength = 128, int repetitions = 21, CancellationToken cancellationToken = default) =>
        MeasureAt(model, [.. DefaultRows], contextLength, repetitions, cancellationToken);

    /// <summary>
    /// Measures a model: for each row count the lower quartile of interleaved passes over a chain, arg-max of every row included. Other
    /// programs only ever make a pass slower, and more rows never make it faster: the curve is made to rise.
    /// </summary>
    /// <param name="model">The model to measure.</param>
    /// <param name="rowCounts">Ascending row counts, the first 1; those beyond the model's largest tree are left out.</param>
    /// <param name="contextLength">Tokens committed beforehand; cut to what the model's context allows.</param>
    /// <param name="repetitions">The most passes a point; at least 1. After 10 seconds no more are begun.</param>
    /// <param name="cancellationToken">Ends the measurement.</param>
    /// <exception cref="ArgumentException">The row counts break their rule.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    /// <exception cref="OperationCanceledException">The measurement was cancelled.</exception>
    public static CostCurve MeasureAt(
        ICausalModel model, ReadOnlySpan<int> rowCounts, int contextLength, int repetitions, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(model);
        return MeasureEach(model, rowCounts, contextLength, repetitions, cancellationToken).Rising();
    }

    /// <summary>
    /// As <see cref="Measure"/>, of passes that stop at an exit of a nested model: what it costs to draft with its first layers.
    /// </summary>
    /// <param name="model">The model to measure.</param>
    /// <param name="exitIndex">An index of <see cref="INestedModel.ExitLayers"/>.</param>
    /// <param name="contextLength">Tokens committed beforehand; cut to what the model's context allows.</param>
    /// <param name="repetitions">The most passes a point; at least 1. After 10 seconds no more are begun.</param>
    /// <param name="cancellationToken">Ends the measurement.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range, or the exit does not exist.</exception>
    /// <exception cref="OperationCanceledException">The measurement was cancelled.</exception>
    public static CostCurve MeasureExit(
        INestedModel model, int exitIndex, int contextLength = 128, int repetitions = 21, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        using INestedSequence sequence = model.CreateNestedSequence(model.MaxContextLength);
        return MeasureSequence(
            new ExitSequence(sequence, exitIndex), model, [.. DefaultRows], contextLength, repetitions, cancellationToken).Rising();
    }

    /// <summary>What <see cref="MeasureAt"/> measures, each point as it was found: it need not rise.</summary>
    internal static CostCurve MeasureEach(
        ICausalModel model, ReadOnlySpan<int> rowCounts, int contextLength, int repetitions, CancellationToken cancellationToken)
    {
        using ICausalSequence sequence = model.CreateSequence(model.MaxContextLength);
        return MeasureSequence(sequence, model, rowCounts, contextLength, repetitions, cancellationToken);
    }

    /// <summary>The curve with no point above a later one: whoever could have more rows for less takes them.</summary>
    internal CostCurve Rising()
    {
        double[] curve = [.. milliseconds];
        for (int i = curve.Length - 2; i >= 0; i--)
            curve[i] = Math.Min(curve[i], curve[i + 1]);
        return new(rows, curve);
    }

    static CostCurve MeasureSequence(
        ICausalSequence sequence, ICausalModel model, ReadOnlySpan<int> rowCounts, int contextLength, int repetitions,
        CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(contextLength);
        ArgumentOutOfRangeException.ThrowIfLessThan(repetitions, 1);
        int largest = Math.Min(model.MaxTreeNodes, model.MaxContextLength);
        int[] rows = [.. rowCounts.ToArray().Where(row => row <= largest)];
        _ = new CostCurve(rows, [.. rows.Select(_ => 1.0)]); // what is wrong with them is said before anything is measured
        DraftTree tree = new(rows[^1]);
        int[] context =
            [.. Enumerable.Range(0, Math.Min(contextLength, model.MaxContextLength - rows[^1])).Select(i => i % model.VocabularySize)];
        for (int from = 0; from < context.Length; from += 256)
            sequence.Prefill(context.AsSpan(from, Math.Min(256, context.Length - from)));
        List<double>[] times = [.. rows.Select(_ => new List<double>())];
        long start = Stopwatch.GetTimestamp();
        for (int round = 0; round <= repetitions && (round < 2 || Stopwatch.GetElapsedTime(start) < Enough); round++)
            for (int i = 0; i < rows.Length; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Pass(sequence, tree, rows[i], model.VocabularySize); // steps of one size follow each other: so does what the caches hold
                double time = Pass(sequence, tree, rows[i], model.VocabularySize);
                if (round > 0) // the first one warms up
                    times[i].Add(time);
            }
        return new(rows, [.. times.Select(LowerQuartile)]);
    }

    /// <summary>
    /// The milliseconds of a pass over a chain, the most likely token of every row included, or its <paramref name="ranked"/> most likely.
    /// </summary>
    internal static double Pass(ICausalSequence sequence, DraftTree tree, int rowCount, int vocabularySize, int ranked = 1)
    {
        Span<int> tokenIds = stackalloc int[ranked];
        tree.Reset(0, rowCount);
        for (int i = 1; i < rowCount; i++)
            tree.Add(i - 1, i % vocabularySize);
        long start = Stopwatch.GetTimestamp();
        IModelOutput output = sequence.Evaluate(tree);
        for (int node = 0; node < rowCount; node++)
            if (ranked == 1)
                output.ArgMax(node);
            else
                output.TopK(node, tokenIds);
        double time = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        sequence.Rollback();
        return time;
    }

    static double LowerQuartile(List<double> values)
    {
        values.Sort();
        return values[values.Count / 4];
    }
}
