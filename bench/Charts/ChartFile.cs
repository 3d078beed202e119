using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Legends;

namespace Speculative.Bench.Charts;

/// <summary>What all pictures have in common: SVG, the size, the frame.</summary>
static class ChartFile
{
    const double Width = 760, LineHeight = 26, Frame = 120, LeastHeight = 380, RoomForWiderFonts = 60;

    /// <summary>An empty chart.</summary>
    public static PlotModel Create(string title) => new()
    {
        Title = title,
        TitleFontSize = 14,
        TitleFontWeight = FontWeights.Normal,
        Background = OxyColors.White,
        PlotAreaBorderColor = OxyColors.LightGray,
        DefaultFont = "Arial, Helvetica, sans-serif",
        Padding = new(RoomForWiderFonts, 12, 16, 8),
        Culture = System.Globalization.CultureInfo.InvariantCulture,
    };

    /// <summary>An axis of numbers with lines across the chart.</summary>
    /// <param name="position">Its side.</param>
    /// <param name="title">What it counts.</param>
    /// <param name="minimum">Where it begins; NaN for what the data need.</param>
    public static LinearAxis Axis(AxisPosition position, string title, double minimum = double.NaN) => new()
    {
        Position = position,
        Title = title,
        Minimum = minimum,
        MaximumPadding = 0.05,
        MinimumPadding = 0.05,
        MajorGridlineStyle = LineStyle.Solid,
        MajorGridlineColor = OxyColors.LightGray,
        MinorTickSize = 0,
        AxisTitleDistance = 14,
    };

    /// <summary>A legend inside the chart.</summary>
    public static Legend Legend(LegendPosition position) => new() { LegendPosition = position, LegendPadding = 16, LegendLineSpacing = 6 };

    /// <summary>A name in a legend, with room for a wider font than the one that was reckoned with: what exceeds it is cut off.</summary>
    public static string Entry(string name) => name.PadRight(name.Length + 2 + name.Length / 4, '\u00A0');

    /// <summary>Writes a chart, high enough for its categories.</summary>
    public static void Write(PlotModel chart, string path)
    {
        int lines = chart.Axes.OfType<CategoryAxis>().Sum(axis => axis.Labels.Count);
        SvgExporter exporter = new()
        {
            Width = Width,
            Height = Math.Max(LeastHeight, Frame + lines * LineHeight),
            IsDocument = true,
            UseVerticalTextAlignmentWorkaround = true, // not every viewer knows dominant-baseline
        };
        using FileStream file = File.Create(path);
        exporter.Export(chart, file);
    }
}
