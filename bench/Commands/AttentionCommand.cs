using System.CommandLine;
using Spectre.Console;
using Speculative.Bench.Machine;
using Speculative.Bench.Output;
using static Speculative.Bench.Output.Figures;

namespace Speculative.Bench.Commands;

/// <summary>
/// What attention over long contexts reaches of the machine's read bandwidth and multiply rate. The bandwidth changes with what other
/// machines on the same host do, so it is measured again before each row.
/// </summary>
sealed class AttentionCommand(Terminal terminal)
{
    static readonly int[] Contexts = [4096, 32768], RowCounts = [1, 8, 64];

    readonly JsonOption json = new();
    readonly Option<int?> threads = NumberOption.Threads();
    readonly Option<int?> context = NumberOption.Count(
        "--context", "Tokens in the cache; by default 4096, then 32768.", 1, most: 1 << 20);
    readonly Option<string[]> formats = new("--kv-cache")
    {
        Description = "Number formats of the cache: f32, bf16, int8; by default all.",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [.. EngineOptions.CpuCaches.Keys],
    };

    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal)
    {
        AttentionCommand attention = new(terminal);
        attention.formats.AcceptOneOf([.. EngineOptions.CpuCaches.Keys]);
        Command command = new("attention", "Measures attention over long contexts by itself against the machine's limits.")
        {
            attention.formats,
            attention.context,
            attention.threads,
        };
        attention.json.AddTo(command);
        command.SetAction((parsed, cancellationToken) => Task.FromResult(attention.Run(parsed, cancellationToken)));
        return command;
    }

    int Run(ParseResult parsed, CancellationToken cancellationToken)
    {
        json.Check(parsed);
        int count = parsed.GetValue(threads) ?? Environment.ProcessorCount;
        terminal.WriteLine($"{MachineInfo.Describe()}, {count} threads; the heads of llama-259m: 16 of queries, 4 of keys and values");
        double rate = MultiplyRate.Floats(count, cancellationToken);
        int[] lengths = parsed.GetValue(context) is { } one ? [one] : Contexts;
        List<AttentionRow> rows = [];
        int exitCode = Interruptible.Collect(
            terminal,
            lengths.SelectMany(length => parsed.GetValue(formats)!.SelectMany(format =>
                Measure(format, length, count, rate, cancellationToken))),
            rows);
        terminal.Output.Write(Table(rows));
        terminal.WriteLine(FormattableString.Invariant(
            $"Multiply-adds a second in registers: {rate / 1e9:0} G. The read bandwidth is measured beside each row."));
        json.Write(parsed, "random keys and values", rows, exitCode == ExitCode.Success);
        return exitCode;
    }

    static IEnumerable<AttentionRow> Measure(string format, int context, int threads, double rate, CancellationToken cancellationToken)
    {
        using AttentionMeasurement attention = new(EngineOptions.CpuCaches[format], context, threads);
        foreach (int rows in RowCounts)
        {
            double bandwidth = ReadBandwidth.Measure(threads, cancellationToken);
            double seconds = attention.Time(rows, cancellationToken).TotalSeconds;
            double read = attention.ByteLength / seconds, multiplied = (double)attention.MultiplyAdds * rows / seconds;
            yield return new(
                "cpu", format, context, rows, seconds * 1000, read / 1e9, read / bandwidth, multiplied / 1e9, multiplied / rate);
        }
    }

    Table Table(IEnumerable<AttentionRow> rows)
    {
        Table table = terminal.CreateTable("Cache", "Context", "Rows", "ms", "GB/s", "of bandwidth", "G multiply-adds/s", "of rate");
        foreach (AttentionRow row in rows)
            table.AddRow(row.CacheFormat, Format(row.Context, "0"), Format(row.Rows, "0"), Format(row.Milliseconds, "0.00"),
                Format(row.GigabytesPerSecond, "0.0"), Percent(row.ReadShare), Format(row.GigaMultiplyAddsPerSecond, "0"),
                Percent(row.MultiplyShare));
        return table;
    }
}
