using System.Globalization;
using Spectre.Console;
using Speculative.Bench.Comparing;

namespace Speculative.Bench.Output;

/// <summary>A comparison as a table: a line a drafter. Speed never stands without the equality of the outputs beside it.</summary>
static class ResultTable
{
    /// <summary>What follows the drafter's name; a terminal of 80 columns has no room for some.</summary>
    static readonly (string Heading, bool Always)[] Columns =
    [
        ("Tokens/s", true), ("Speedup", true), ("Identical", true), ("MAT", true), ("Expected", true), ("Drafted", false), ("Depth", false),
        ("Accepted", false), ("Drafting", true),
    ];

    /// <summary>Makes the table.</summary>
    /// <param name="rows">The rows over all tasks.</param>
    /// <param name="plain">For a file or a pipe: Markdown instead of box drawing.</param>
    public static Table Create(IEnumerable<Summary> rows, bool plain)
    {
        Table table = new() { Border = plain ? TableBorder.Markdown : TableBorder.Simple };
        Padding padding = plain ? new(1, 0, 1, 0) : new(1, 0, 0, 0);
        table.AddColumn("Drafter");
        foreach (var (heading, always) in Columns)
            if (plain || always)
                table.AddColumn(new TableColumn(heading) { Alignment = plain ? null : Justify.Right, NoWrap = true, Padding = padding });
        foreach (Summary row in rows)
            table.AddRow(Cells(row).Index().Where(cell => plain || cell.Index == 0 || Columns[cell.Index - 1].Always)
                .Select(cell => new Text(cell.Item.Value, cell.Item.Style)));
        return table;
    }

    /// <summary>How much of a drafter's time the prompts took, in words.</summary>
    public static string DescribePrompts(Summary row) =>
        $"{row.Drafter} {Format(row.PrefillSeconds, "0.00")} of {Format(row.Seconds, "0.00")} s";

    static IEnumerable<(string Value, Style Style)> Cells(Summary row)
    {
        yield return (row.Drafter, Style.Plain);
        yield return (Format(row.TokensPerSecond, "0.0"), Style.Plain);
        yield return (Format(row.Speedup, "0.00x"), row.IsFaithful ? Style.Plain : new(Color.Red));
        yield return row.Drawn
            ? ("drawn", Style.Plain)
            : ($"{row.Identical}/{row.Questions}", new(row.IsFaithful ? Color.Green : Color.Red));
        yield return (Format(row.MeanAcceptedTokens, "0.00"), Style.Plain);
        yield return (Format(row.ExpectedTokens, "0.00"), Style.Plain);
        yield return (Format(row.DraftedPerStep, "0.0"), Style.Plain);
        yield return (Format(row.Depth, "0.0"), Style.Plain);
        yield return (row.DraftedPerStep > 0 ? Format(100 * row.Acceptance, "0.0") + " %" : "-", Style.Plain);
        yield return (Format(100 * row.DraftShare, "0.0") + " %", Style.Plain);
    }

    static string Format(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
