using Spectre.Console;
using Speculative.Bench.Comparing;
using static Speculative.Bench.Output.Figures;

namespace Speculative.Bench.Output;

/// <summary>A comparison as a table: a line a drafter. Speed never stands without the equality of the outputs beside it.</summary>
static class ResultTable
{
    /// <summary>The width of a table with all columns and the longest name.</summary>
    const int WideTable = 133;

    /// <summary>What follows the drafter's name; a terminal of 80 columns has no room for some.</summary>
    static readonly (string Heading, bool Always)[] Columns =
    [
        ("Tokens/s", true), ("Speedup", true), ("95 %", false), ("Decoding", false), ("Identical", true), ("MAT", true),
        ("Break-even", false), ("Expected", false), ("Drafted", false), ("Accepted", true), ("Drafting", true),
    ];

    /// <summary>Makes the table, with the columns that the terminal has room for.</summary>
    /// <param name="rows">The rows over all tasks.</param>
    /// <param name="terminal">Where it is shown.</param>
    public static Table Create(IEnumerable<Summary> rows, Terminal terminal)
    {
        bool wide = terminal.Output.Profile.Width >= WideTable;
        Padding padding = terminal.IsLive ? new(1, 0, 0, 0) : new(1, 0, 1, 0);
        Justify? alignment = terminal.IsLive ? Justify.Right : null;
        Table table = terminal.CreateTable("Drafter");
        foreach (var (heading, always) in Columns)
            if (wide || always)
                table.AddColumn(new TableColumn(heading) { Alignment = alignment, NoWrap = true, Padding = padding });
        foreach (Summary row in rows)
            table.AddRow(Cells(row).Index().Where(cell => wide || cell.Index == 0 || Columns[cell.Index - 1].Always)
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
        yield return ($"{Format(row.SpeedupInterval[0], "0.00")}-{Format(row.SpeedupInterval[1], "0.00")}", Style.Plain);
        yield return (Format(row.DecodingSpeedup, "0.00x"), Style.Plain);
        yield return row.Drawn
            ? ("drawn", Style.Plain)
            : ($"{row.Identical}/{row.Questions}", new(row.IsFaithful ? Color.Green : Color.Red));
        yield return (Format(row.MeanAcceptedTokens, "0.00"), Style.Plain);
        yield return (Format(row.BreakEvenTokens, "0.00"), Style.Plain);
        yield return (Format(row.ExpectedTokens, "0.00"), Style.Plain);
        yield return (Format(row.DraftedPerStep, "0.0"), Style.Plain);
        yield return (row.DraftedPerStep > 0 ? Format(100 * row.Acceptance, "0.0") + " %" : "-", Style.Plain);
        yield return (Format(100 * row.DraftShare, "0.0") + " %", Style.Plain);
    }
}
