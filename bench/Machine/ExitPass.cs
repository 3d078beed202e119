using System.Diagnostics;

namespace Speculative.Bench.Machine;

/// <summary>One row taken from exit to exit, each with its distribution.</summary>
/// <param name="sequence">With a context.</param>
/// <param name="exits">How many exits there are.</param>
/// <param name="vocabularySize">The length of a row.</param>
sealed class ExitPass(INestedSequence sequence, int exits, int vocabularySize)
{
    readonly DraftTree tree = new(1);
    readonly float[] row = new float[vocabularySize];
    readonly TokenDistribution distribution = new(new() { Temperature = 1 }, vocabularySize);
    readonly double[] milliseconds = new double[exits + 1];

    /// <summary>Runs a row.</summary>
    /// <returns>The milliseconds up to each exit from the one before, then those of all distributions together.</returns>
    public ReadOnlySpan<double> Run()
    {
        tree.Reset(0, 1);
        milliseconds[^1] = 0;
        for (int exit = 0; exit < exits; exit++)
        {
            long start = Stopwatch.GetTimestamp();
            IModelOutput output = sequence.Evaluate(tree, exit);
            milliseconds[exit] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            start = Stopwatch.GetTimestamp();
            distribution.Compute(output, 0, row);
            milliseconds[^1] += Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }
        sequence.Rollback();
        return milliseconds;
    }
}
