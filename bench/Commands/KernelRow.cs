namespace Speculative.Bench.Commands;

/// <summary>One measured kernel; serialised as a row of results.</summary>
/// <param name="Engine">What computed it.</param>
/// <param name="Precision">The weights' number format.</param>
/// <param name="Rows">Activation rows.</param>
/// <param name="Milliseconds">The median of its time.</param>
/// <param name="GigabytesPerSecond">Weights read.</param>
/// <param name="ReadShare">The same over the machine's read bandwidth.</param>
/// <param name="GigaMultiplyAddsPerSecond">Multiply-adds done.</param>
/// <param name="MultiplyShare">The same over the machine's rate for these numbers.</param>
sealed record KernelRow(
    string Engine, string Precision, int Rows, double Milliseconds, double GigabytesPerSecond, double ReadShare,
    double GigaMultiplyAddsPerSecond, double MultiplyShare);
