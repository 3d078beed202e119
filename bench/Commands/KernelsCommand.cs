using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using Speculative.Bench.Engines;
using Speculative.Bench.Machine;
using Speculative.Bench.Output;

namespace Speculative.Bench.Commands;

/// <summary>
/// What each product kernel reaches of the machine's read bandwidth and multiply rate. The bandwidth changes with what other machines on
/// the same host do, so it is measured in turns with each row.
/// </summary>
sealed class KernelsCommand(Terminal terminal)
{
    static readonly int[] RowCounts = [1, 2, 4, 8, 16, 32, 64];

    readonly JsonOption json = new();
    readonly Option<int?> threads = NumberOption.Threads();
    readonly EngineOptions engine = new();
    readonly Option<string[]> precisions = new("--precision")
    {
        Description = "Number formats: f32, bf16, int8, int4; by default all.",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [.. EngineOptions.Precisions.Keys],
    };

    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal)
    {
        KernelsCommand kernels = new(terminal);
        kernels.precisions.AcceptOneOf([.. EngineOptions.Precisions.Keys]);
        const string description =
            "Measures the matrix products, on a GPU attention and norm too, by themselves against the limits that the same run measures.";
        Command command = new("kernels", description)
        {
            kernels.precisions,
            kernels.threads,
        };
        kernels.engine.AddEngineTo(command);
        kernels.json.AddTo(command);
        command.SetAction((parsed, cancellationToken) => Task.FromResult(kernels.Run(parsed, cancellationToken)));
        return command;
    }

    int Run(ParseResult parsed, CancellationToken cancellationToken)
    {
        json.Check(parsed);
        if (engine.IsGpu(parsed))
            return RunGpu(parsed, cancellationToken);
        int count = parsed.GetValue(threads) ?? Environment.ProcessorCount;
        terminal.WriteLine($"{MachineInfo.Describe()}, {count} threads");
        double floats = 0, bytes = 0;
        List<KernelRow> rows = [];
        try
        {
            (floats, bytes) = (MultiplyRate.Floats(count, cancellationToken), MultiplyRate.Bytes(count, cancellationToken));
            foreach (string precision in parsed.GetValue(precisions)!)
            {
                double rate = precision.StartsWith("int", StringComparison.Ordinal) ? bytes : floats;
                foreach (KernelRow row in Measure(precision, count, rate, cancellationToken))
                    rows.Add(row);
            }
        }
        catch (OperationCanceledException)
        {
            // What was measured is reported.
        }
        terminal.Output.Write(Table(rows));
        terminal.WriteLine(
            FormattableString.Invariant($"Multiply-adds a second in registers: floats {floats / 1e9:0} G, bytes {bytes / 1e9:0} G. ")
            + "The read bandwidth is measured in turns with each row; medians.");
        json.Write(parsed, "random matrices", rows);
        return cancellationToken.IsCancellationRequested ? ExitCode.Cancelled : ExitCode.Success;
    }

    int RunGpu(ParseResult parsed, CancellationToken cancellationToken)
    {
        GpuContext context = engine.OpenDevice(parsed); // closed by the engine
        terminal.WriteLine($"{MachineInfo.Describe()}, {context.Device.Name}");
        using GpuEngine opened = new(context, new());
        terminal.WriteCaution(opened.Caution);
        double copy = CopyBandwidth.Measure(context, cancellationToken);
        List<GpuKernelRow> rows = [];
        double rate;
        using (GpuKernelMeasurement measurement = new(context, parsed.GetValue(precisions)!))
        {
            rate = measurement.ProductRate(cancellationToken);
            rows.AddRange(measurement.Measure(copy, rate, cancellationToken));
        }
        terminal.Output.Write(Table(rows));
        string products = rate > 0
            ? $"tensor cores in registers {Format(rate / 1e12, "0.0")} TFLOP/s"
            : "no tensor cores that the engine uses";
        terminal.WriteLine($"Copy bandwidth {Format(copy / 1e9, "0.0")} GB/s, bytes read and written together; {products}.");
        json.Write(parsed, "random numbers", rows, copy);
        return ExitCode.Success;
    }

    Table Table(IEnumerable<GpuKernelRow> rows)
    {
        Table table = new() { Border = terminal.IsLive ? TableBorder.Simple : TableBorder.Markdown };
        table.AddColumns("Kernel", "Shape", "Rows", "us", "GB/s", "of copy", "TFLOP/s", "of rate");
        foreach (GpuKernelRow row in rows)
            table.AddRow(row.Kernel, row.Shape, row.Rows.ToString(CultureInfo.InvariantCulture), Format(row.Microseconds, "0.0"),
                Format(row.GigabytesPerSecond, "0.0"), Format(row.CopyShare * 100, "0") + " %", Format(row.Teraflops, "0.00"),
                row.ProductShare > 0 ? Format(row.ProductShare * 100, "0") + " %" : "-");
        return table;
    }

    static IEnumerable<KernelRow> Measure(string precision, int threads, double rate, CancellationToken cancellationToken)
    {
        using ProductMeasurement products = new(EngineOptions.Precisions[precision], threads);
        using ReadBandwidth bandwidth = new(threads);
        foreach (int rows in RowCounts)
        {
            CompilerWarmUp.Run(_ => products.Seconds(rows), cancellationToken);
            RateShare read = RateShare.Measure(bandwidth.Pass, () => products.ByteLength / products.Seconds(rows), cancellationToken);
            double seconds = products.ByteLength / read.Rate, multiplied = (double)products.MultiplyAdds * rows / seconds;
            yield return new("cpu", precision, rows, seconds * 1000, read.Rate / 1e9, read.Share, multiplied / 1e9,
                rate > 0 ? multiplied / rate : 0);
        }
    }

    Table Table(IEnumerable<KernelRow> rows)
    {
        Table table = new() { Border = terminal.IsLive ? TableBorder.Simple : TableBorder.Markdown };
        table.AddColumns("Precision", "Rows", "ms", "GB/s", "of bandwidth", "G multiply-adds/s", "of rate");
        foreach (KernelRow row in rows)
            table.AddRow(
                row.Precision,
                row.Rows.ToString(CultureInfo.InvariantCulture),
                Format(row.Milliseconds, "0.00"),
                Format(row.GigabytesPerSecond, "0.0"),
                Format(row.ReadShare * 100, "0") + " %",
                Format(row.GigaMultiplyAddsPerSecond, "0"),
                Format(row.MultiplyShare * 100, "0") + " %");
        return table;
    }

    static string Format(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
