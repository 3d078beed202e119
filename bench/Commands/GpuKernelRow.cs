namespace Speculative.Bench.Commands;

/// <summary>One measured kernel of the GPU engine; serialised as a row of results.</summary>
/// <param name="Kernel">The operation.</param>
/// <param name="Shape">Its sizes.</param>
/// <param name="Rows">Rows, or nodes.</param>
/// <param name="Microseconds">The lower quartile of its time.</param>
/// <param name="GigabytesPerSecond">The bytes that must be moved at least, a second.</param>
/// <param name="CopyShare">The same over the device's copy bandwidth.</param>
/// <param name="Teraflops">Operations, a multiply-add being two, a second.</param>
/// <param name="ProductShare">The same over the device's product rate; 0 where that was not measured.</param>
sealed record GpuKernelRow(
    string Kernel, string Shape, int Rows, double Microseconds, double GigabytesPerSecond, double CopyShare, double Teraflops,
    double ProductShare);
