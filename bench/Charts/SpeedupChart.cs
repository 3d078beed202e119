using OxyPlot;
using OxyPlot.Annotations;
using OxyPlot.Axes;
using OxyPlot.Legends;
using OxyPlot.Series;
using Speculative.Bench.Comparing;

namespace Speculative.Bench.Charts;

/// <summary>A comparison as a picture: a drafter's speedup as a dot on its interval, a line for each drafter, a colour a target.</summary>
static class SpeedupChart
{
    /// <summary>How far apart the targets' marks of one drafter are, in lines.</summary>
    const double Spread = 0.5;

    /// <summary>Makes the chart.</summary>
    /// <param name="totals">The rows over all tasks; plain decoding's are what the others are measured by and get no line.</param>
    public static PlotModel Create(IReadOnlyList<Summary> totals)
    {
        string[] drafters = [.. totals.Select(row => row.Drafter).Where(name => name != Contestant.Plain.Name).Distinct()];
        string[] targets = [.. totals.Select(row => row.Target).Distinct()];
        PlotModel chart = ChartFile.Create($"Speedup over plain decoding, {totals.Max(row => row.Questions)} questions, 95 % intervals");
        CategoryAxis names = new() { Position = AxisPosition.Left, StartPosition = 1, EndPosition = 0 }; // the first on top
        names.Labels.AddRange(drafters);
        chart.Axes.Add(names);
        chart.Axes.Add(ChartFile.Axis(AxisPosition.Bottom, "times plain decoding's tokens a second"));
        chart.Annotations.Add(new LineAnnotation { Type = LineAnnotationType.Vertical, X = 1, Color = OxyColors.Gray });
        foreach (var (at, target) in targets.Index())
        {
            double offset = targets.Length == 1 ? 0 : Spread * (at / (targets.Length - 1.0) - 0.5);
            OxyColor color = chart.DefaultColors[at % chart.DefaultColors.Count];
            ScatterSeries dots = new()
            {
                Title = ChartFile.Entry(target),
                MarkerType = MarkerType.Circle,
                MarkerFill = color,
                MarkerSize = 5,
            };
            foreach (Summary row in totals.Where(row => row.Target == target && row.Drafter != Contestant.Plain.Name))
            {
                double line = Array.IndexOf(drafters, row.Drafter) + offset;
                dots.Points.Add(new(row.Speedup, line));
                LineSeries interval = new() { Color = color, StrokeThickness = 2 };
                interval.Points.AddRange(row.SpeedupInterval.Select(end => new DataPoint(end, line)));
                chart.Series.Add(interval);
            }
            chart.Series.Add(dots);
        }
        if (targets.Length > 1)
            chart.Legends.Add(ChartFile.Legend(LegendPosition.RightBottom));
        return chart;
    }
}
