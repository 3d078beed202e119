using System.CommandLine;
using Speculative.Bench.Machine;
using Speculative.Bench.Output;

namespace Speculative.Bench.Commands;

/// <summary>The <c>--json</c> option.</summary>
sealed class JsonOption() : ResultFileOption("--json", "Also writes the results to a file, as one JSON object.")
{
    /// <summary>Writes the results if they are wanted.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="model">What was measured.</param>
    /// <param name="rows">The measurements.</param>
    /// <param name="complete">Whether they are all that there should be.</param>
    /// <param name="memoryBytesPerSecond">The memory bandwidth, where it was measured.</param>
    public void Write(
        ParseResult parsed, string model, IReadOnlyList<object> rows, bool complete, double? memoryBytesPerSecond = null)
    {
        if (File(parsed) is not { } file)
            return;
        ResultDocument document = new(MachineInfo.Describe(), SourceCommit.Find(), Command(parsed), model, complete, rows);
        (document with { MemoryBytesPerSecond = memoryBytesPerSecond }).Write(file);
    }

    static string Command(ParseResult parsed) => string.Join(' ', parsed.Tokens.Select(token => Quote(token.Value)).Prepend("bench"));

    static string Quote(string argument) => argument.Contains(' ', StringComparison.Ordinal) ? $"\"{argument}\"" : argument;
}
