using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Speculative.Tests;

/// <summary>
/// NVIDIA's ptxas and nvdisasm, where they can be found: in the folder that the environment variable SPECULATIVE_PTXAS names, or on the
/// PATH.
/// </summary>
static partial class PtxAssembler
{
    static readonly string? Assembler = Find("ptxas"), Disassembler = Find("nvdisasm");

    /// <summary>Why nothing can be assembled, or null.</summary>
    public static string? Missing => Assembler is not null && Disassembler is not null ? null
        : "ptxas or nvdisasm not found: set SPECULATIVE_PTXAS to their folder (they come with the CUDA toolkit, no GPU needed).";

    /// <summary>Assembles a kernel for an architecture such as <c>sm_90</c>.</summary>
    public static MachineCode Assemble(string ptx, string architecture)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("speculative-ptx");
        try
        {
            string source = Path.Combine(folder.FullName, "kernel.ptx"), binary = Path.Combine(folder.FullName, "kernel.cubin");
            File.WriteAllText(source, ptx);
            string report = Run(Assembler!, $"-arch={architecture}", "-v", source, "-o", binary);
            return new(Number(Registers(), report), Number(Stack(), report), Number(SpillStores(), report) + Number(SpillLoads(), report),
                Run(Disassembler!, "-c", binary));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    static string? Find(string tool)
    {
        string? folder = Environment.GetEnvironmentVariable("SPECULATIVE_PTXAS");
        string[] places = folder is not null ? [folder] : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        return places.SelectMany(place => (string[])[Path.Combine(place, tool), Path.Combine(place, tool + ".exe")])
            .FirstOrDefault(File.Exists);
    }

    static string Run(string tool, params string[] arguments)
    {
        ProcessStartInfo start = new(tool, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd() + error.Result;
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{Path.GetFileName(tool)} ended with {process.ExitCode}: {output}");
        return output;
    }

    static int Number(Regex pattern, string report)
    {
        Match match = pattern.Match(report);
        Assert.True(match.Success, $"ptxas reported no '{pattern}': {report}");
        return int.Parse(match.Groups[1].ValueSpan);
    }

    [GeneratedRegex(@"Used (\d+) registers")]
    private static partial Regex Registers();

    [GeneratedRegex(@"(\d+) bytes stack frame")]
    private static partial Regex Stack();

    [GeneratedRegex(@"(\d+) bytes spill stores")]
    private static partial Regex SpillStores();

    [GeneratedRegex(@"(\d+) bytes spill loads")]
    private static partial Regex SpillLoads();
}
