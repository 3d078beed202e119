namespace Speculative.Bench.DraftCalibrations;

/// <summary>
/// Finds the thresholds with which S2D's chains emit most tokens per unit of time: it plays the recorded answers step by step. A step
/// drafts a chain, token after token with the first exit that is confident enough; while all of it is right, what the exits said is
/// recorded; past the first error it is not, and a token there is taken to cost what tokens cost in the mean.
/// </summary>
/// <remarks>
/// Not counted: tokens that stopped early go along in one pass when a later one goes deeper. The search goes through one exit's threshold
/// after another until none gets better, from several beginnings; a threshold of 1 skips an exit, 0 never goes past it.
/// </remarks>
/// <param name="answers">For each answer, for each of its tokens, what each exit said before it.</param>
/// <param name="costs">What exits and target cost.</param>
/// <param name="draftLength">The chains' length.</param>
sealed class ThresholdSearch(IReadOnlyList<ExitGuess[][]> answers, ExitCosts costs, int draftLength)
{
    static readonly double[] Grid = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];

    /// <summary>The best thresholds: one for each exit but the last.</summary>
    public double[] Find()
    {
        double[] best = Climb([.. Enumerable.Repeat(0.0, costs.Layers.Count - 1)]);
        foreach (double start in (ReadOnlySpan<double>)[1, 0.5])
        {
            double[] found = Climb([.. Enumerable.Repeat(start, costs.Layers.Count - 1)]);
            if (Play(found).TokensPerMillisecond > Play(best).TokensPerMillisecond)
                best = found;
        }
        return best;
    }

    /// <summary>What chains drafted with these thresholds yield.</summary>
    public ChainYield Play(IReadOnlyList<double> thresholds)
    {
        double mean = answers.Sum(answer => answer.Sum(guesses => costs.Token(Exit(guesses, thresholds), thresholds)))
            / Math.Max(1, answers.Sum(answer => answer.Length));
        long steps = 0, tokens = 0;
        double milliseconds = 0;
        foreach (ExitGuess[][] answer in answers)
            for (int at = 0; at < answer.Length; steps++)
            {
                int accepted = Step(answer.AsSpan(at), thresholds, mean, ref milliseconds);
                tokens += Math.Min(accepted + 1, answer.Length - at);
                at += accepted + 1;
            }
        return new(steps == 0 ? 0 : (double)tokens / steps, steps == 0 ? 0 : milliseconds / steps);
    }

    /// <summary>One step from the first of these tokens on.</summary>
    /// <returns>How much of its chain is accepted.</returns>
    int Step(ReadOnlySpan<ExitGuess[]> answer, IReadOnlyList<double> thresholds, double mean, ref double milliseconds)
    {
        int accepted = 0, drafted = 0;
        for (bool right = true; right && drafted < draftLength && drafted < answer.Length; drafted++)
        {
            int exit = Exit(answer[drafted], thresholds);
            milliseconds += costs.Token(exit, thresholds);
            right = answer[drafted][exit].IsRight;
            accepted += right ? 1 : 0;
        }
        milliseconds += (draftLength - drafted) * mean + costs.Target.Milliseconds(draftLength + 1);
        return accepted;
    }

    double[] Climb(double[] thresholds)
    {
        double best = Play(thresholds).TokensPerMillisecond;
        for (bool better = true; better;)
        {
            better = false;
            for (int exit = 0; exit < thresholds.Length; exit++)
                foreach (double value in Grid)
                {
                    double[] changed = [.. thresholds];
                    changed[exit] = value;
                    if (Play(changed).TokensPerMillisecond is var rate && rate > best)
                        (thresholds, best, better) = (changed, rate, true);
                }
        }
        return thresholds;
    }

    static int Exit(ExitGuess[] guesses, IReadOnlyList<double> thresholds)
    {
        int exit = 0;
        while (exit < thresholds.Count && guesses[exit].Confidence <= (float)thresholds[exit])
            exit++;
        return exit;
    }
}
