using System.CommandLine;
using OxyPlot;
using Speculative.Bench.Charts;
using Speculative.Bench.Output;

namespace Speculative.Bench.Commands;

/// <summary>The <c>--chart</c> option.</summary>
sealed class ChartOption
{
    readonly Option<string?> path = new("--chart")
    {
        Description = "Also draws the results into a file, as an SVG picture.",
        HelpName = "FILE",
    };

    /// <summary>Gives a command this option.</summary>
    public void AddTo(Command command) => command.Options.Add(path);

    /// <summary>Checks the file's place before anything is measured.</summary>
    public void Check(ParseResult parsed) => ResultDocument.CheckTarget(parsed.GetValue(path), path.Name);

    /// <summary>Draws the results if that is wanted.</summary>
    public void Write(ParseResult parsed, Func<PlotModel> create)
    {
        if (parsed.GetValue(path) is { } file)
            ChartFile.Write(create(), file);
    }
}
