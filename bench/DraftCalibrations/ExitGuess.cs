namespace Speculative.Bench.DraftCalibrations;

/// <summary>What an exit says about the next token.</summary>
/// <param name="Confidence">The probability of its best token at temperature 1.</param>
/// <param name="Acceptance">The probability that the target accepts what is drafted there; 0 or 1 for a greedy target.</param>
readonly record struct ExitGuess(float Confidence, double Acceptance);
