using System.CommandLine;
using Speculative.Bench.Output;

namespace Speculative.Bench.Commands;

/// <summary>An option that names a file for results.</summary>
/// <param name="name">The option.</param>
/// <param name="description">What is written into the file.</param>
abstract class ResultFileOption(string name, string description)
{
    readonly Option<string?> path = new(name) { Description = description, HelpName = "FILE" };

    /// <summary>Gives a command this option.</summary>
    public void AddTo(Command command) => command.Options.Add(path);

    /// <summary>Checks the file's place before anything is measured.</summary>
    public void Check(ParseResult parsed) => ResultDocument.CheckTarget(parsed.GetValue(path), path.Name);

    /// <summary>The file; null where none is wanted.</summary>
    protected string? File(ParseResult parsed) => parsed.GetValue(path);
}
