using System.CommandLine;
using Spectre.Console;
using Speculative.Bench.Machine;
using Speculative.Bench.Output;
using Speculative.Drafters;
using static Speculative.Bench.Output.Figures;

namespace Speculative.Bench.Commands;

/// <summary>What drafters cost by themselves, without the models.</summary>
sealed class DraftingCommand(Terminal terminal)
{
    readonly JsonOption json = new();
    readonly Option<string?> drafters = new("--drafters") { Description = "The drafters to measure; by default all.", HelpName = "A,B" };
    readonly Option<int> vocabulary = NumberOption.Count("--vocabulary", "Tokens that the models know.", 8, 32000, 1 << 20);
    readonly Option<int> budget = NumberOption.Count("--budget", "The most nodes of a draft.", 1, 64, 1024);
    readonly Option<float?> temperature = NumberOption.Real(
        "--temperature", "The target's temperature, 0.6 by default; 0 is greedy.", "a number of at least 0",
        value => value >= 0 && float.IsFinite(value));

    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal)
    {
        const string description =
            "Measures what drafters cost beside the models: both models are synthetic, so that nothing but reading their rows takes time. "
            + "Rows: the time over them, which no method avoids; with their probabilities for those that draw (soft-max, filters, the copy "
            + "that acceptance needs), and for Token Recycling, which learns from the target's, the selection of the likeliest tokens. "
            + "Rest is everything else of drafting and learning.";
        DraftingCommand drafting = new(terminal);
        Command command = new("drafting", description) { drafting.drafters, drafting.vocabulary, drafting.budget, drafting.temperature };
        drafting.json.AddTo(command);
        command.SetAction((parsed, cancellationToken) => Task.FromResult(drafting.Run(parsed, cancellationToken)));
        return command;
    }

    int Run(ParseResult parsed, CancellationToken cancellationToken)
    {
        json.Check(parsed);
        string[] names = [.. (parsed.GetValue(drafters)?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            ?? DrafterCatalog.Entries.Select(entry => entry.Name)).Select(name => DrafterCatalog.Find(name).Name).Distinct()];
        int tokens = parsed.GetValue(vocabulary), nodes = parsed.GetValue(budget);
        float chosen = parsed.GetValue(temperature) ?? 0.6f;
        Sampling sampling = chosen > 0 ? new StochasticSampling { Temperature = chosen } : Sampling.Greedy;
        terminal.WriteLine(MachineInfo.Describe());
        terminal.WriteLine($"{tokens} tokens, up to {nodes} nodes, {RequestOptions.Describe(sampling)}; microseconds a step");
        List<DraftingRow> rows = [];
        int exitCode = Interruptible.Collect(
            terminal, names.Select(name => Measure(name, tokens, nodes, sampling, cancellationToken)), rows);
        terminal.Output.Write(Table(rows));
        json.Write(parsed, "synthetic", rows, exitCode == ExitCode.Success);
        return exitCode;
    }

    static DraftingRow Measure(string name, int tokens, int nodes, Sampling sampling, CancellationToken cancellationToken)
    {
        using DraftingMeasurement measurement = new(name, tokens, nodes, sampling);
        DraftingTimes times = measurement.Run(cancellationToken);
        double rest = times.Rest.TotalMicroseconds;
        return new(
            name, tokens, times.Drafted, times.Drafting.TotalMicroseconds, times.DraftRows.TotalMicroseconds,
            times.Learning.TotalMicroseconds, times.TargetRows.TotalMicroseconds, rest,
            times.Drafted == 0 ? 0 : rest / times.Drafted, times.AllocatedBytes);
    }

    Table Table(IEnumerable<DraftingRow> rows)
    {
        Table table = terminal.CreateTable("Drafter", "Drafted", "Draft", "its rows", "Learn", "its rows", "Rest", "Rest a node", "Bytes");
        foreach (DraftingRow row in rows)
            table.AddRow(
                row.Drafter, Format(row.Drafted, "0"), Format(row.Drafting, "0.0"), Format(row.DraftRows, "0.0"),
                Format(row.Learning, "0.0"), Format(row.TargetRows, "0.0"), Format(row.Rest, "0.0"),
                Format(row.RestPerNode, "0.00"), Format(row.AllocatedBytes, "0"));
        return table;
    }
}
