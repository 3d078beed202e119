using System.CommandLine;
using OxyPlot;
using Speculative.Bench.Charts;

namespace Speculative.Bench.Commands;

/// <summary>The <c>--chart</c> option.</summary>
sealed class ChartOption() : ResultFileOption("--chart", "Also draws the results into a file, as an SVG picture.")
{
    /// <summary>Draws the results if that is wanted.</summary>
    public void Write(ParseResult parsed, Func<PlotModel> create)
    {
        if (File(parsed) is { } file)
            ChartFile.Write(create(), file);
    }
}
