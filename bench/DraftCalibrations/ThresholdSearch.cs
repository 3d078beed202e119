namespace Speculative.Bench.DraftCalibrations;

/// <summary>
/// Finds the thresholds with which S2D's chains emit most tokens per unit of time: it plays the recorded answers step by step. A step
/// drafts a chain, token after token with the first exit that is confident enough; while all of it is right, what the exits said is
/// recorded; past the first error it is not, and a token there is taken to cost what tokens cost in the mean.
/// </summary>
/// <remarks>
/// Where drafts are drawn, an answer is played in every way at once, each with its probability: how likely a step begins at a token follows
/// from the tokens before it. That an accepted draft is likelier the one that both models like is left out. Not counted: tokens that
/// stopped early go along in one pass when a later one goes deeper. The search goes through one exit's threshold after another until none
/// gets better, from several beginnings; a threshold of 1 skips an exit, 0 never goes past it.
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
        double steps = 0, milliseconds = 0;
        foreach (ExitGuess[][] answer in answers)
        {
            double[] begins = new double[answer.Length + 1]; // how likely a step begins at each token
            begins[0] = 1;
            for (int at = 0; at < answer.Length; at++)
            {
                steps += begins[at];
                milliseconds += begins[at] <= 0 ? 0 : Step(answer, at, thresholds, mean, begins);
            }
        }
        return steps == 0 ? default : new(answers.Sum(answer => answer.Length) / steps, milliseconds / steps);
    }

    /// <summary>One step from a token on; tells where the next one begins.</summary>
    /// <returns>Its milliseconds, times the probability that it happens.</returns>
    double Step(ExitGuess[][] answer, int at, IReadOnlyList<double> thresholds, double mean, double[] begins)
    {
        int end = Math.Min(at + draftLength, answer.Length);
        double step = begins[at], right = step;
        double milliseconds = step * ((at + draftLength - end) * mean + costs.Target.Milliseconds(draftLength + 1));
        for (int i = at; i < end; i++)
        {
            int exit = Exit(answer[i], thresholds);
            milliseconds += right * costs.Token(exit, thresholds) + (step - right) * mean;
            double accepted = right * answer[i][exit].Acceptance;
            begins[i + 1] += right - accepted; // the target's own token stands here
            right = accepted;
        }
        if (end < answer.Length)
            begins[end + 1] += right;
        return milliseconds;
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
