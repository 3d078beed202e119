using System.CommandLine;
using Spectre.Console;
using Speculative.Bench.Charts;
using Speculative.Bench.Engines;
using Speculative.Bench.Machine;
using Speculative.Bench.Output;
using static Speculative.Bench.Output.Figures;

namespace Speculative.Bench.Commands;

/// <summary>What a pass over M rows costs on this machine, and how fast it reads memory.</summary>
sealed class CalibrateCommand(Terminal terminal)
{
    const int MaxRows = 128, PromptLength = 1000, RankedTokens = 8;

    readonly EngineOptions engine = new();
    readonly JsonOption json = new();
    readonly ChartOption chart = new();
    readonly Option<string?> randomWeights = new("--random-weights")
    {
        Description = $"Measures random weights instead of a folder, for speed only: {string.Join(", ", RandomWeights.ShapeNames)}.",
        HelpName = "SHAPE",
    };
    readonly Option<int[]> contexts = NumberOption.Counts(
        "--context", "Tokens in the cache beforehand; several are measured in turn.", 0, 128);
    readonly Option<int[]> rowCounts = NumberOption.Counts(
        "--rows", "The row counts to measure besides 1; by default those that draft trees have.", MaxRows);

    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal)
    {
        CalibrateCommand calibrate = new(terminal);
        Command command = new("calibrate", "Measures the cost of a pass over 1 to 64 rows (128 on a GPU) and the memory bandwidth.")
        {
            calibrate.randomWeights,
            calibrate.contexts,
            calibrate.rowCounts,
        };
        calibrate.engine.AddTo(command);
        calibrate.json.AddTo(command);
        calibrate.chart.AddTo(command);
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
        chart.Check(parsed);
        string? shape = parsed.GetValue(randomWeights);
        int added = engine.IdentityLayers(parsed);
        if (shape is not null)
            _ = RandomWeights.NamedShape(shape); // an unknown name is said before a device is opened
        if (shape is not null && added > 0)
            throw new BenchException("--identity-layers adds to a model that says something: leave it out beside --random-weights.");
        string folder = shape is null ? engine.Folder(parsed) : "";
        using ModelEngine opened = engine.OpenEngine(parsed);
        EngineModel measured = Interruptible.Run(
            () => shape is null ? opened.Create(ModelSource.OpenWeights(folder, added)) : opened.CreateRandom(shape), cancellationToken);
        using ICausalModel model = measured.Model;
        int[] counts = parsed.GetValue(rowCounts) is [_, ..] chosen ? [.. chosen.Append(1).Distinct().Order()] : [.. opened.MeasuredRows];
        int[] lengths = parsed.GetValue(contexts)!;
        if (lengths.FirstOrDefault(length => length > model.MaxContextLength - counts[^1]) is > 0 and var tooLong)
            throw new BenchException($"--context: {tooLong} tokens and {counts[^1]} rows exceed the context of {model.MaxContextLength}.");
        string name = shape is null ? ModelSource.Name(folder, added) : $"{shape} with random weights";
        terminal.WriteLine(MachineInfo.Describe());
        terminal.WriteLine($"{name}, {measured.Format}, {Format(measured.BytesPerPass / 1e6, "0.0")} MB a pass, {opened.Description}");
        if (shape is not null)
            terminal.WriteLine("The weights are random: the times are those of a real model of this shape, its output would be noise.");
        terminal.WriteNote(opened.Caution);
        List<CostCurve> curves = [];
        List<RateShare> reads = [];
        double rate = 0;
        string? ranking = null, prompt = null;
        int exitCode = ExitCode.Success;
        try
        {
            foreach (int length in lengths)
                curves.Add(CompilerWarmUp.MeasureEach(model, counts, length, cancellationToken));
            foreach (int length in lengths)
                reads.Add(opened.MeasureRead(measured, length, cancellationToken));
            rate = opened.MeasureRate(measured, cancellationToken);
            ranking = Ranking(measured, counts[^1], cancellationToken);
            prompt = Prompt(measured, rate, cancellationToken);
        }
#pragma warning disable CA1031 // whatever went wrong, what was measured before is reported
        catch (Exception fault) when (curves.Count > 0)
#pragma warning restore CA1031
        {
            exitCode = BenchProgram.Report(terminal, fault);
        }
        CalibrationRow[] rows = [.. curves.SelectMany((curve, i) =>
            curve.Rows.ToArray().Select(row => Row(opened.Name, measured, lengths[i], row, curve)))];
        double? bandwidth = reads.Count > 0 ? reads[0].Floor : null;
        terminal.Output.Write(Table(rows, bandwidth ?? double.NaN, rate));
        if (bandwidth is { } known)
            terminal.WriteLine(FormattableString.Invariant($"Memory bandwidth: {known / 1e9:0.0} GB/s"));
        foreach (var (i, read) in reads.Index())
            terminal.WriteLine(Share(lengths[i], measured, read, opened));
        terminal.WriteNote(ranking);
        terminal.WriteNote(prompt);
        terminal.WriteNote(opened.Remark(model));
        json.Write(parsed, name, rows, exitCode == ExitCode.Success, bandwidth);
        chart.Write(parsed, () => CostChart.Create($"{name}, {measured.Format}, {opened.Description}", rows));
        return exitCode;
    }

    static CalibrationRow Row(string engine, EngineModel measured, int contextLength, int rows, CostCurve curve)
    {
        double seconds = curve.Milliseconds(rows) / 1000;
        return new(engine, measured.Format.ToLowerInvariant(), contextLength, rows, curve.Milliseconds(rows), curve.Relative(rows),
            measured.BytesRead(contextLength) / seconds / 1e9,
            rows * (MultiplyAdds.Blocks(measured.Config) + MultiplyAdds.Head(measured.Config)) / seconds / 1e9);
    }

    /// <summary>What a pass costs more that ranks each row's tokens, as Token Recycling wants it, instead of choosing one.</summary>
    static string Ranking(EngineModel measured, int rows, CancellationToken cancellationToken)
    {
        using PassMeasurement passes = new(measured.Model, 0);
        int count = Math.Min(RankedTokens, measured.Model.VocabularySize);
        RateShare passRate = RateShare.Measure(() => 1 / passes.Chain(rows), () => 1 / passes.Chain(rows, count), cancellationToken);
        return $"A pass over {rows} rows with the {count} most likely tokens of each takes {Format(1000 / passRate.Rate, "0.000")} ms, "
            + $"with the most likely one {Format(1000 / passRate.Floor, "0.000")} ms.";
    }

    /// <summary>How fast a prompt is read; its attention is not counted as work, its time is.</summary>
    static string Prompt(EngineModel measured, double rate, CancellationToken cancellationToken)
    {
        int length = Math.Min(PromptLength, measured.Model.MaxContextLength);
        using PassMeasurement passes = new(measured.Model, 0);
        double seconds = passes.Prompt(length, cancellationToken), reached = MultiplyAdds.Prompt(measured.Config, length) / seconds;
        return $"A prompt of {length} tokens takes {Format(seconds * 1000, "0")} ms up to its first token: "
            + $"{Format(reached / 1e9, "0")} G multiply-adds/s in matrix products"
            + (rate > 0 ? $", {Format(100 * reached / rate, "0")} % of the {Format(rate / 1e9, "0")} G/s measured in registers." : ".");
    }

    Table Table(IEnumerable<CalibrationRow> rows, double bandwidth, double rate)
    {
        Table table = terminal.CreateTable(
            "Context", "Rows", "Milliseconds", "Relative", "GB/s", "of bandwidth", "G multiply-adds/s", "of rate");
        foreach (CalibrationRow row in rows)
            table.AddRow(Format(row.Context, "0"), Format(row.Rows, "0"), Format(row.Milliseconds, "0.000"), Format(row.Relative, "0.00"),
                Format(row.GigabytesPerSecond, "0.0"), Percent(1e9 * row.GigabytesPerSecond / bandwidth),
                Format(row.GigaMultiplyAddsPerSecond, "0"), Percent(1e9 * row.GigaMultiplyAddsPerSecond / rate));
        return table;
    }

    static string Share(int contextLength, EngineModel measured, RateShare read, ModelEngine opened) =>
        $"One row behind {contextLength} tokens reads its weights, keys and values at {Format(read.Rate / 1e9, "0.0")} GB/s: "
        + $"{Format(100 * read.Share, "0")} % of the memory bandwidth, measured in turns "
        + $"(quartiles of the turns {Format(100 * read.Low, "0")} to {Format(100 * read.High, "0")} %; "
        + $"{Format(measured.CacheBytesPerToken * contextLength / 1e6, "0.0")} MB of keys and values)"
        + (read.Share > 1 ? $"; above 100 %: {opened.FasterThanMemory}." : ".");
}
