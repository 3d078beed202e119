namespace Speculative.Bench.DraftCalibrations;

/// <summary>What chains yield, in the mean of the steps.</summary>
/// <param name="TokensPerStep">Tokens emitted, the target's own included.</param>
/// <param name="MillisecondsPerStep">Drafting and checking.</param>
readonly record struct ChainYield(double TokensPerStep, double MillisecondsPerStep)
{
    /// <summary>Tokens per unit of time; 0 where nothing was recorded.</summary>
    public double TokensPerMillisecond => MillisecondsPerStep > 0 ? TokensPerStep / MillisecondsPerStep : 0;
}
