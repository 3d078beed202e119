using System.CommandLine;
using OxyPlot;
using Speculative.Bench.Charts;

namespace Speculative.Bench.Commands;

/// <summary>The <c>--chart</c> option.</summary>
sealed class ChartOption() : ResultFileOption("--chart", "Also draws the results into a file, as an SVG picture.")
{
    /// <summary>Refuses a picture of what there will not be.</summary>
    /// <exception cref="BenchException">A picture is wanted, and there is nothing to draw.</exception>
    public void RefuseWhere(ParseResult parsed, bool nothing, string what)
    {
        if (nothing && File(parsed) is not null)
            throw new BenchException($"--chart draws {what}: leave it out.");
    }

    /// <summary>Draws the results if that is wanted.</summary>
    public void Write(ParseResult parsed, Func<PlotModel> create)
    {
        if (File(parsed) is { } file)
            ChartFile.Write(create(), file);
    }
}
