using System.CommandLine;
using System.Globalization;
using Speculative.Bench.Machine;
using Speculative.Bench.Output;
using Spectre.Console;

namespace Speculative.Bench.Commands;

/// <summary>What a pass over M rows costs on this machine, and how fast it reads memory.</summary>
sealed class CalibrateCommand(Terminal terminal)
{
    const int MaxRows = 64, PromptLength = 1000;

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
        CostCurve curve = parsed.GetValue(rowCounts) is [_, ..] chosen
            ? CompilerWarmUp.MeasureAt(model, [.. chosen.Append(1).Distinct().Order()], contextLength, cancellationToken)
            : CompilerWarmUp.Measure(model, contextLength, cancellationToken);
        using PassMeasurement passes = new(model, contextLength);
        using ReadBandwidth bandwidth = new(threads);
        RateShare read = RateShare.Measure(bandwidth.Pass, () => (model.BytesPerPass + cacheBytes) / passes.OneRow(), cancellationToken);
        double rate = MultiplyRate.Of(model.Precision, threads, cancellationToken);
        CalibrationRow[] rows = [.. curve.Rows.ToArray().Where(row => row <= MaxRows).Select(row => Row(model, contextLength, row, curve))];
        terminal.Output.Write(Table(rows, read.Floor, rate));
        terminal.WriteLine(FormattableString.Invariant($"Read bandwidth: {read.Floor / 1e9:0.0} GB/s"));
        terminal.WriteLine(Share(read));
        terminal.WriteLine(Prompt(model, passes, rate, cancellationToken));
        json.Write(parsed, name, rows, read.Floor);
        return ExitCode.Success;
    }

    static CalibrationRow Row(CpuModel model, int contextLength, int rows, CostCurve curve)
    {
        double seconds = curve.Milliseconds(rows) / 1000;
        return new("cpu", model.WeightFormat.ToLowerInvariant(), contextLength, rows, curve.Milliseconds(rows), curve.Relative(rows),
            model.BytesPerPass / seconds / 1e9, rows * (MultiplyAdds(model.Config) + Head(model.Config)) / seconds / 1e9);
    }

    /// <summary>Multiply-adds of a row in the matrix products of all blocks.</summary>
    static double MultiplyAdds(ModelConfig config) => config.LayerCount * (double)config.HiddenSize
        * (2L * config.QuerySize + 2L * config.KeyValueSize + 3L * config.IntermediateSize);

    static double Head(ModelConfig config) => (double)config.HiddenSize * config.VocabularySize;

    /// <summary>How fast a prompt is read; its attention is not counted as work, its time is.</summary>
    static string Prompt(CpuModel model, PassMeasurement passes, double rate, CancellationToken cancellationToken)
    {
        int length = Math.Min(PromptLength, model.MaxContextLength);
        double seconds = passes.Prompt(length, cancellationToken), reached = length * MultiplyAdds(model.Config) / seconds;
        return $"A prompt of {length} tokens takes {Format(seconds * 1000, "0")} ms: "
            + $"{Format(reached / 1e9, "0")} G multiply-adds/s in matrix products"
            + (rate > 0 ? $", {Format(100 * reached / rate, "0")} % of the {Format(rate / 1e9, "0")} G/s measured in registers." : ".");
    }

    Table Table(IEnumerable<CalibrationRow> rows, double bandwidth, double rate)
    {
        Table table = new() { Border = terminal.IsLive ? TableBorder.Simple : TableBorder.Markdown };
        table.AddColumns("Rows", "Milliseconds", "Relative", "GB/s", "of bandwidth", "G multiply-adds/s", "of rate");
        foreach (CalibrationRow row in rows)
            table.AddRow(row.Rows.ToString(CultureInfo.InvariantCulture), Format(row.Milliseconds, "0.000"), Format(row.Relative, "0.00"),
                Format(row.GigabytesPerSecond, "0.0"), Format(100e9 * row.GigabytesPerSecond / bandwidth, "0") + " %",
                Format(row.GigaMultiplyAddsPerSecond, "0"),
                rate > 0 ? Format(100e9 * row.GigaMultiplyAddsPerSecond / rate, "0") + " %" : "-");
        return table;
    }

    static string Share(RateShare read) =>
        $"One row reads its weights, keys and values at {Format(read.Rate / 1e9, "0.0")} GB/s: "
        + $"{Format(100 * read.Share, "0")} % of the read bandwidth, measured in turns "
        + $"(quartiles of the turns {Format(100 * read.Low, "0")} to {Format(100 * read.High, "0")} %)"
        + (read.Share > 1 ? "; above 100 %: caches hold weights." : ".");

    static string Format(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
