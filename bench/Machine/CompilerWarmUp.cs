using System.Diagnostics;
using System.Runtime;

namespace Speculative.Bench.Machine;

/// <summary>
/// Repeats work until the just-in-time compiler has settled: code is recompiled, faster, once it has been called often, and a measurement
/// must not begin before that.
/// </summary>
static class CompilerWarmUp
{
    /// <summary>The compiler has settled when it compiled no method for so long; it waits 100 ms itself before it recompiles.</summary>
    static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(400);

    /// <summary>No further round begins after this.</summary>
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <summary>Passes a point of a cost curve: as many as <see cref="CostCurve"/> takes itself.</summary>
    const int Repetitions = 21;

    /// <summary>Runs rounds of the work to be measured.</summary>
    /// <param name="round">Does a little of it; its argument counts from 0.</param>
    /// <param name="cancellationToken">Ends the rounds.</param>
    /// <returns>Whether the compiler settled.</returns>
    public static bool Run(Action<int> round, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp(), lastChange = start, compiled = JitInfo.GetCompiledMethodCount();
        for (int i = 0; Stopwatch.GetElapsedTime(start) < Limit && !cancellationToken.IsCancellationRequested; i++)
        {
            round(i);
            if (JitInfo.GetCompiledMethodCount() is var count && count != compiled)
                (compiled, lastChange) = (count, Stopwatch.GetTimestamp());
            else if (Stopwatch.GetElapsedTime(lastChange) >= Quiet)
                return true;
        }
        return false;
    }

    /// <summary>A model's cost curve, measured warm, at the row counts that draft trees have.</summary>
    /// <exception cref="OperationCanceledException">The measurement was cancelled.</exception>
    public static CostCurve Measure(ICausalModel model, int contextLength, CancellationToken cancellationToken) =>
        MeasureEach(model, [.. CostCurve.DefaultRows], contextLength, cancellationToken).Rising();

    /// <summary>A model's cost curve, measured warm, at these row counts, each point as it was found.</summary>
    /// <exception cref="OperationCanceledException">The measurement was cancelled.</exception>
    public static CostCurve MeasureEach(ICausalModel model, int[] rowCounts, int contextLength, CancellationToken cancellationToken)
    {
        Run(_ => CostCurve.MeasureEach(model, rowCounts, contextLength, repetitions: 1, cancellationToken), cancellationToken);
        return CostCurve.MeasureEach(model, rowCounts, contextLength, Repetitions, cancellationToken);
    }

    /// <summary>The cost curve of passes that stop at an exit, measured warm.</summary>
    /// <exception cref="OperationCanceledException">The measurement was cancelled.</exception>
    public static CostCurve Measure(INestedModel model, int exit, int contextLength, CancellationToken cancellationToken)
    {
        Run(_ => CostCurve.MeasureExit(model, exit, contextLength, repetitions: 1, cancellationToken), cancellationToken);
        return CostCurve.MeasureExit(model, exit, contextLength, cancellationToken: cancellationToken);
    }
}
