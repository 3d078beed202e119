namespace Speculative.Bench.DraftCalibrations;

/// <summary>What drafting and checking a chain costs.</summary>
/// <param name="Layers">For each exit the milliseconds of a row from the exit before it to this one.</param>
/// <param name="Head">The milliseconds of a row's distribution at an exit.</param>
/// <param name="Target">The target's passes.</param>
sealed record ExitCosts(IReadOnlyList<double> Layers, double Head, CostCurve Target)
{
    /// <summary>
    /// The milliseconds of a token that drafts at an exit: all layers before it, and the distributions of the exits that are asked.
    /// </summary>
    public double Token(int exit, IReadOnlyList<double> thresholds)
    {
        double time = 0;
        for (int at = 0; at <= exit; at++)
            time += Layers[at] + (at == exit || thresholds[at] < 1 ? Head : 0);
        return time;
    }
}
