using System.CommandLine;
using System.Globalization;
using Speculative.Bench.Engines;
using Speculative.Bench.Machine;
using Speculative.Bench.Output;
using Spectre.Console;

namespace Speculative.Bench.Commands;

/// <summary>What a pass over M rows costs on this machine, and how fast it reads memory.</summary>
sealed class CalibrateCommand(Terminal terminal)
{
    readonly EngineOptions engine = new();
    readonly JsonOption json = new();
    readonly Option<string?> randomWeights = new("--random-weights")
    {
        Description = $"Measures random weights instead of a folder, for speed only: {string.Join(", ", RandomWeights.ShapeNames)}.",
        HelpName = "SHAPE",
    };
    readonly Option<int[]> contexts = NumberOption.Counts(
        "--context", "Tokens in the cache beforehand; several are measured in turn.", 0, 128);

    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal)
    {
        CalibrateCommand calibrate = new(terminal);
        Command command = new("calibrate", "Measures the cost of a pass over 1 to 64 rows (128 on a GPU) and the memory bandwidth.")
        {
            calibrate.randomWeights,
            calibrate.contexts,
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
        string? shape = parsed.GetValue(randomWeights);
        if (shape is not null)
            _ = RandomWeights.NamedShape(shape); // an unknown name is said before a device is opened
        string folder = shape is null ? engine.Folder(parsed) : "";
        using ModelEngine opened = engine.OpenEngine(parsed);
        EngineModel measured = shape is null ? opened.Create(ModelSource.OpenWeights(folder)) : opened.CreateRandom(shape);
        using ICausalModel model = measured.Model;
        int maxRows = opened.MeasuredRows[^1];
        int[] lengths = parsed.GetValue(contexts)!;
        if (lengths.FirstOrDefault(length => length > model.MaxContextLength - maxRows) is > 0 and var tooLong)
            throw new BenchException($"--context: {tooLong} tokens and {maxRows} rows exceed the context of {model.MaxContextLength}.");
        string name = shape is null ? ModelSource.Name(folder) : $"{shape} with random weights";
        terminal.WriteLine(MachineInfo.Describe());
        terminal.WriteLine($"{name}, {measured.Format}, {Format(measured.BytesPerPass / 1e6, "0.0")} MB a pass, {opened.Description}");
        if (shape is not null)
            terminal.WriteLine("The weights are random: the times are those of a real model of this shape, its output would be noise.");
        terminal.WriteCaution(opened.Caution);
        double bandwidth = opened.MeasureBandwidth(cancellationToken);
        CostCurve[] curves = [.. lengths.Select(length => CompilerWarmUp.Measure(model, opened.MeasuredRows, length, cancellationToken))];
        // Once more: other programs may have disturbed one of the two.
        bandwidth = Math.Max(bandwidth, opened.MeasureBandwidth(cancellationToken));
        string precision = measured.Format.ToLowerInvariant();
        CalibrationRow[] rows = [.. curves.SelectMany((curve, i) => curve.Rows.ToArray().Select(row =>
            new CalibrationRow(opened.Name, precision, lengths[i], row, curve.Milliseconds(row), curve.Relative(row))))];
        terminal.Output.Write(Table(rows));
        terminal.WriteLine(FormattableString.Invariant($"Memory bandwidth: {bandwidth / 1e9:0.0} GB/s"));
        for (int i = 0; i < lengths.Length; i++)
            terminal.WriteLine(Share(lengths[i], measured.BytesPerPass + lengths[i] * measured.CacheBytesPerToken, curves[i], bandwidth));
        json.Write(parsed, name, rows, bandwidth);
        return ExitCode.Success;
    }

    Table Table(IEnumerable<CalibrationRow> rows)
    {
        Table table = new() { Border = terminal.IsLive ? TableBorder.Simple : TableBorder.Markdown };
        table.AddColumns("Context", "Rows", "Milliseconds", "Relative");
        foreach (CalibrationRow row in rows)
            table.AddRow(Format(row.Context, "0"), Format(row.Rows, "0"), Format(row.Milliseconds, "0.000"), Format(row.Relative, "0.00"));
        return table;
    }

    static string Share(int context, long bytes, CostCurve curve, double bandwidth)
    {
        double speed = bytes / (curve.Milliseconds(1) / 1000);
        return $"One row with {context} tokens in the cache reads weights and cache at {Format(speed / 1e9, "0.0")} GB/s: "
            + $"{Format(100 * speed / bandwidth, "0")} % of the memory bandwidth"
            + (speed > bandwidth ? " (above 100 %: caches hold the weights)." : ".");
    }

    static string Format(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
