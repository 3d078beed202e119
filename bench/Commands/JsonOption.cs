using System.CommandLine;
using Speculative.Bench.Machine;
using Speculative.Bench.Output;

namespace Speculative.Bench.Commands;

/// <summary>The <c>--json</c> option.</summary>
sealed class JsonOption
{
    readonly Option<string?> path = new("--json")
    {
        Description = "Also writes the results to a file, as one JSON object.",
        HelpName = "FILE",
    };

    /// <summary>Gives a command this option.</summary>
    public void AddTo(Command command) => command.Options.Add(path);

    /// <summary>Checks the file's place before anything is measured.</summary>
    public void Check(ParseResult parsed) => ResultDocument.CheckTarget(parsed.GetValue(path));

    /// <summary>Writes the results if they are wanted.</summary>
    public void Write(ParseResult parsed, string model, IReadOnlyList<object> rows, double? readBytesPerSecond = null)
    {
        if (parsed.GetValue(path) is not { } file)
            return;
        ResultDocument document = new(MachineInfo.Describe(), SourceCommit.Find(), Command(parsed), model, rows);
        (document with { ReadBytesPerSecond = readBytesPerSecond }).Write(file);
    }

    static string Command(ParseResult parsed) => string.Join(' ', parsed.Tokens.Select(token => Quote(token.Value)).Prepend("bench"));

    static string Quote(string argument) => argument.Contains(' ', StringComparison.Ordinal) ? $"\"{argument}\"" : argument;
}
