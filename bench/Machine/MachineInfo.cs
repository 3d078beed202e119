using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Speculative.Bench.Machine;

/// <summary>What the measurements were made on.</summary>
static class MachineInfo
{
    /// <summary>Processor, cores, vector width, operating system, runtime in one line.</summary>
    public static string Describe() =>
        $"{Processor()}, {Environment.ProcessorCount} cores, {VectorBits()}-bit SIMD, "
        + $"{RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}";

    static int VectorBits() =>
        Vector512.IsHardwareAccelerated ? 512
        : Vector256.IsHardwareAccelerated ? 256
        : Vector128.IsHardwareAccelerated ? 128
        : 64;

    static string Processor() =>
        FromLinux() ?? Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? $"{RuntimeInformation.ProcessArchitecture} processor";

    static string? FromLinux()
    {
        const string path = "/proc/cpuinfo";
        if (!File.Exists(path))
            return null;
        string? line = File.ReadLines(path).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal));
        return line?[(line.IndexOf(':') + 1)..].Trim();
    }
}
