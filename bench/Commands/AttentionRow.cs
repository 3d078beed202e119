namespace Speculative.Bench.Commands;

/// <summary>Attention measured by itself; serialised as a row of results.</summary>
/// <param name="Engine">What computed it.</param>
/// <param name="CacheFormat">The number format of keys and values.</param>
/// <param name="Context">Committed positions.</param>
/// <param name="Rows">Rows of the pass.</param>
/// <param name="Milliseconds">The lower quartile of its time.</param>
/// <param name="GigabytesPerSecond">Keys and values read.</param>
/// <param name="ReadShare">The same over the machine's read bandwidth.</param>
/// <param name="GigaMultiplyAddsPerSecond">Multiply-adds done.</param>
/// <param name="MultiplyShare">The same over the machine's rate for single precision.</param>
sealed record AttentionRow(
    string Engine, string CacheFormat, int Context, int Rows, double Milliseconds, double GigabytesPerSecond, double ReadShare,
    double GigaMultiplyAddsPerSecond, double MultiplyShare);
