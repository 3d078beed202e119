using System.CommandLine;
using Spectre.Console;
using Speculative.Bench.Engines;
using Speculative.Bench.Machine;
using Speculative.Bench.Output;
using static Speculative.Bench.Output.Figures;

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
        engine.RefuseOthers(parsed, threads);
        if (engine.IsGpu(parsed))
            return RunGpu(parsed, cancellationToken);
        int count = parsed.GetValue(threads) ?? Environment.ProcessorCount;
        terminal.WriteLine($"{MachineInfo.Describe()}, {count} threads");
        double floats = MultiplyRate.Floats(count, cancellationToken), bytes = MultiplyRate.Bytes(count, cancellationToken);
        List<KernelRow> rows = [];
        int exitCode = Interruptible.Collect(
            terminal,
            parsed.GetValue(precisions)!.SelectMany(precision => Measure(
                precision, count, precision.StartsWith("int", StringComparison.Ordinal) ? bytes : floats, cancellationToken)),
            rows);
        terminal.Output.Write(Table(rows));
        terminal.WriteLine(
            FormattableString.Invariant($"Multiply-adds a second in registers: floats {floats / 1e9:0} G, bytes {bytes / 1e9:0} G. ")
            + "The read bandwidth is measured in turns with each row; medians.");
        json.Write(parsed, "random matrices", rows, exitCode == ExitCode.Success);
        return exitCode;
    }

    int RunGpu(ParseResult parsed, CancellationToken cancellationToken)
    {
        GpuContext context = engine.OpenTimedDevice(parsed); // closed by the engine
        terminal.WriteLine($"{MachineInfo.Describe()}, {context.Device.Name}");
        using GpuEngine opened = new(context, new());
        terminal.WriteNote(opened.Caution);
        double copy = CopyBandwidth.Measure(context, cancellationToken);
        using GpuKernelMeasurement measurement = new(context, parsed.GetValue(precisions)!);
        double rate = measurement.ProductRate(cancellationToken);
        List<GpuKernelRow> rows = [];
        int exitCode = Interruptible.Collect(terminal, measurement.Measure(copy, rate, cancellationToken), rows);
        terminal.Output.Write(Table(rows));
        string products = rate > 0
            ? $"tensor cores in registers {Format(rate / 1e12, "0.0")} TFLOP/s"
            : "no tensor cores that the engine uses";
        terminal.WriteLine($"Copy bandwidth {Format(copy / 1e9, "0.0")} GB/s, bytes read and written together; {products}.");
        json.Write(parsed, "random numbers", rows, exitCode == ExitCode.Success, copy);
        return exitCode;
    }

    Table Table(IEnumerable<GpuKernelRow> rows)
    {
        Table table = terminal.CreateTable("Kernel", "Shape", "Rows", "us", "GB/s", "of copy", "TFLOP/s", "of rate");
        foreach (GpuKernelRow row in rows)
            table.AddRow(row.Kernel, row.Shape, Format(row.Rows, "0"), Format(row.Microseconds, "0.0"),
                Format(row.GigabytesPerSecond, "0.0"), Percent(row.CopyShare), Format(row.Teraflops, "0.00"),
                row.ProductShare > 0 ? Percent(row.ProductShare) : "-");
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
        Table table = terminal.CreateTable("Precision", "Rows", "ms", "GB/s", "of bandwidth", "G multiply-adds/s", "of rate");
        foreach (KernelRow row in rows)
            table.AddRow(
                row.Precision,
                Format(row.Rows, "0"),
                Format(row.Milliseconds, "0.00"),
                Format(row.GigabytesPerSecond, "0.0"),
                Percent(row.ReadShare),
                Format(row.GigaMultiplyAddsPerSecond, "0"),
                Percent(row.MultiplyShare));
        return table;
    }
}
