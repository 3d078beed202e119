using System.Globalization;
using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Legends;
using OxyPlot.Series;
using Speculative.Bench.Commands;

namespace Speculative.Bench.Charts;

/// <summary>What passes over more rows cost, as a picture: a curve a context. A draft pays while it stays below what it yields.</summary>
static class CostChart
{
    /// <summary>Makes the chart.</summary>
    /// <param name="model">What was measured, in words.</param>
    /// <param name="rows">The measurements.</param>
    public static PlotModel Create(string model, IEnumerable<CalibrationRow> rows)
    {
        PlotModel chart = ChartFile.Create($"A pass over several rows: {model}");
        chart.Axes.Add(ChartFile.Axis(AxisPosition.Bottom, "rows", 1));
        chart.Axes.Add(ChartFile.Axis(AxisPosition.Left, "times a pass over one row", 0));
        foreach (IGrouping<int, CalibrationRow> curve in rows.GroupBy(row => row.Context))
        {
            LineSeries line = new()
            {
                Title = ChartFile.Entry("context " + curve.Key.ToString(CultureInfo.InvariantCulture)),
                MarkerType = MarkerType.Circle,
                MarkerSize = 3,
            };
            line.Points.AddRange(curve.Select(row => new DataPoint(row.Rows, row.Relative)));
            chart.Series.Add(line);
        }
        chart.Legends.Add(ChartFile.Legend(LegendPosition.LeftTop));
        return chart;
    }
}
