namespace Speculative.Bench.DraftCalibrations;

/// <summary>What an exit says about the next token.</summary>
/// <param name="Confidence">The probability of its best token.</param>
/// <param name="IsRight">Whether the target said that token.</param>
readonly record struct ExitGuess(float Confidence, bool IsRight);
