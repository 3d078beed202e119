namespace Speculative.Bench.Commands;

/// <summary>One measured point; serialised as a row of results.</summary>
/// <param name="Engine">What computed it.</param>
/// <param name="Precision">The matrices' number format.</param>
/// <param name="Context">Tokens in the cache beforehand.</param>
/// <param name="Rows">Rows of the pass.</param>
/// <param name="Milliseconds">The lower quartile of its time.</param>
/// <param name="Relative">The time in passes over one row.</param>
/// <param name="GigabytesPerSecond">Weights, keys and values read.</param>
/// <param name="GigaMultiplyAddsPerSecond">Multiply-adds of its matrix products.</param>
sealed record CalibrationRow(
    string Engine, string Precision, int Context, int Rows, double Milliseconds, double Relative, double GigabytesPerSecond,
    double GigaMultiplyAddsPerSecond);
