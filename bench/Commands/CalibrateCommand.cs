using System.CommandLine;
using System.Globalization;
using Speculative.Bench.Machine;
using Speculative.Bench.Output;
using Spectre.Console;

namespace Speculative.Bench.Commands;

/// <summary>What a pass over M rows costs on this machine, and how fast it reads memory.</summary>
sealed class CalibrateCommand(Terminal terminal)
{
    const int MaxRows = 64;

    readonly EngineOptions engine = new();
    readonly JsonOption json = new();
    readonly Option<string?> randomWeights = new("--random-weights")
    {
        Description = $"Measures random weights instead of a folder, for speed only: {string.Join(", ", RandomWeights.ShapeNames)}.",
        HelpName = "SHAPE",
    };
    readonly Option<int> context = NumberOption.Count("--context", "Tokens in the cache beforehand.", 0, 128);
    readonly Option<int[]> rowCounts = NumberOption.Counts(
        "--rows", "The row counts to measure besides 1; by default those that draft trees have.", MaxRows);

    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal)
    {
        CalibrateCommand calibrate = new(terminal);
        Command command = new("calibrate", "Measures the cost of a pass over 1 to 64 rows and the machine's read bandwidth.")
        {
            calibrate.randomWeights,
            calibrate.context,
            calibrate.rowCounts,
        };
        calibrate.engine.AddTo(command);
        calibrate.json.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetResult(calibrate.engine.Model) is not null && result.GetResult(calibrate.randomWeights) is not null)
                result.AddError("--model and --random-weights exclude each other: give one of them.");
        });
        command.SetAction((parsed, cancellationToken) => Task.FromResult(calibrate.Run(parsed, cancellationToken)));
        return command;
    }

    int Run(ParseResult parsed, CancellationToken cancellationToken)
    {
        json.Check(parsed);
        int threads = engine.Threads(parsed), contextLength = parsed.GetValue(context);
        string? shape = parsed.GetValue(randomWeights);
        string folder = shape is null ? engine.Folder(parsed) : "";
        CpuModelOptions options = engine.Options(parsed);
        ElementType stored = options.Precision == Precision.F32 ? ElementType.F32 : ElementType.BF16;
        using CpuModel model = Interruptible.Run(
            () => ModelSource.CreateModel(
                shape is null ? ModelSource.OpenWeights(folder) : ModelSource.CreateRandomWeights(shape, stored), options),
            cancellationToken);
        string name = shape is null ? ModelSource.Name(folder) : $"{shape} with random weights";
        if (contextLength > model.MaxContextLength - MaxRows)
            throw new BenchException(
                $"--context: {contextLength} tokens and {MaxRows} rows exceed the context of {model.MaxContextLength}.");
        terminal.WriteLine(MachineInfo.Describe());
        terminal.WriteLine($"{name}, {model.WeightFormat}, {Format(model.BytesPerPass / 1e6, "0.0")} MB a pass, {threads} threads, "
            + $"{contextLength} tokens in the cache");
        long cacheBytes = contextLength * model.CacheBytesPerPosition;
        terminal.WriteLine($"Keys and values in {model.CacheFormat}: {Format(cacheBytes / 1e6, "0.0")} MB read a pass");
        if (shape is not null)
            terminal.WriteLine("The weights are random: the times are those of a real model of this shape, its output would be noise.");
        double bandwidth = ReadBandwidth.Measure(threads, cancellationToken);
        CostCurve curve = parsed.GetValue(rowCounts) is [_, ..] chosen
            ? CompilerWarmUp.MeasureAt(model, [.. chosen.Append(1).Distinct().Order()], contextLength, cancellationToken)
            : CompilerWarmUp.Measure(model, contextLength, cancellationToken);
        // Once more: other programs may have disturbed one of the two.
        bandwidth = Math.Max(bandwidth, ReadBandwidth.Measure(threads, cancellationToken));
        string precision = model.WeightFormat.ToString().ToLowerInvariant();
        CalibrationRow[] rows = [.. curve.Rows.ToArray().Where(row => row <= MaxRows)
            .Select(row => new CalibrationRow("cpu", precision, contextLength, row, curve.Milliseconds(row), curve.Relative(row)))];
        terminal.Output.Write(Table(rows));
        terminal.WriteLine(FormattableString.Invariant($"Read bandwidth: {bandwidth / 1e9:0.0} GB/s"));
        terminal.WriteLine(Share((model.BytesPerPass + cacheBytes) / (curve.Milliseconds(1) / 1000), bandwidth));
        json.Write(parsed, name, rows, bandwidth);
        return ExitCode.Success;
    }

    Table Table(IEnumerable<CalibrationRow> rows)
    {
        Table table = new() { Border = terminal.IsLive ? TableBorder.Simple : TableBorder.Markdown };
        table.AddColumns("Rows", "Milliseconds", "Relative");
        foreach (CalibrationRow row in rows)
            table.AddRow(row.Rows.ToString(CultureInfo.InvariantCulture), Format(row.Milliseconds, "0.000"), Format(row.Relative, "0.00"));
        return table;
    }

    static string Share(double bytesPerSecond, double bandwidth) =>
        $"One row reads its weights, keys and values at {Format(bytesPerSecond / 1e9, "0.0")} GB/s: "
        + $"{Format(100 * bytesPerSecond / bandwidth, "0")} % of the read bandwidth"
        + (bytesPerSecond > bandwidth ? " (above 100 %: caches hold them)." : ".");

    static string Format(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
