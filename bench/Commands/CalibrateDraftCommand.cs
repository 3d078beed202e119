using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using Speculative.Bench.DraftCalibrations;
using Speculative.Bench.Engines;
using Speculative.Bench.Machine;
using Speculative.Bench.Output;
using Speculative.Bench.Questions;
using Speculative.Drafters;
using static Speculative.Bench.Output.Figures;

namespace Speculative.Bench.Commands;

/// <summary>Measures on questions what a draft model is worth to each of its targets, and writes it to a file for drafters.</summary>
sealed class CalibrateDraftCommand(Terminal terminal)
{
    static readonly string[] Places = ["First", "Second", "Later"];

    readonly EngineOptions engine = new();
    readonly RequestOptions request = new();
    readonly DraftModelOption draftModel = new();
    readonly Option<string?> questions = new("--questions")
    {
        Description = "Questions in Spec-Bench's format; by default the built-in 24. Those of a later comparison should be others.",
        HelpName = "FILE",
    };
    readonly Option<int?> limit = NumberOption.Count("--limit", "Asks only the first N questions.", 1);
    readonly Option<int> length = NumberOption.Count(
        "--draft-length", "The length of the chains that S2D's thresholds shall be best for.", 1, 5);
    readonly Option<string> output = new("--output") { Description = "The file to write.", HelpName = "FILE", Required = true };

    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal)
    {
        const string description =
            "Measures a draft model for one or several targets (--model may be given more than once) and writes a file for "
            + "--draft-calibration. Sequoia's acceptance: how often the root's child of each rank is the accepted one, over all steps of "
            + "the answers. DySpec's: how often children are accepted by the share that the draft model gave them. S2D's thresholds: what "
            + "each exit would have drafted before each token of the answers, and what exits and target cost here, played with all "
            + "thresholds in question; the ones with the most tokens per second are kept.";
        CalibrateDraftCommand calibrate = new(terminal);
        Command command = new("calibrate-draft", description) { calibrate.output, calibrate.questions, calibrate.limit, calibrate.length };
        calibrate.engine.AddTo(command);
        calibrate.request.AddTo(command);
        calibrate.draftModel.AddModelTo(command);
        command.SetAction((parsed, cancellationToken) => Task.FromResult(calibrate.Run(parsed, cancellationToken)));
        return command;
    }

    int Run(ParseResult parsed, CancellationToken cancellationToken)
    {
        string file = parsed.GetValue(output)!;
        ResultDocument.CheckTarget(file, "--output");
        draftModel.Check(parsed);
        IReadOnlyList<Question> asked = [.. (parsed.GetValue(questions) is { } path ? QuestionFile.Read(path) : QuestionFile.BuiltIn())
            .Take(parsed.GetValue(limit) ?? int.MaxValue)];
        GenerationOptions requested = request.Read(parsed);
        IReadOnlyList<string> folders = engine.Folders(parsed);
        using ModelEngine opened = engine.OpenEngine(parsed);
        using SharedDraft shared = draftModel.Share(parsed, opened, cancellationToken);
        List<DraftCalibration> calibrations = []; // each holds the targets before it too
        int exitCode = Interruptible.Collect(terminal, folders.Select(folder =>
        {
            using LoadedModel target = engine.OpenModel(parsed, folder, opened, cancellationToken);
            LoadedModel draft = shared.For(target);
            if (calibrations.LastOrDefault() is { } before && before.Draft != draft.Name)
                throw new BenchException(
                    $"'{before.Draft}' and '{draft.Name}' draft: give the one model that shall draft for all with --draft-model.");
            terminal.WriteLine(
                $"{target.Name}, drafted by {draft.Name}: {asked.Count} questions, {RequestOptions.Describe(requested.Sampling)}");
            TargetMeasurement measurement = new(target, shared, requested with { StopTokenIds = target.EndTokenIds });
            QuestionProgress.Run(terminal, target.Name, asked, question => measurement.Ask(question, cancellationToken), cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
            TargetCalibration part = Measure(measurement, target, draft, parsed.GetValue(length), cancellationToken);
            DraftCalibration begun = calibrations.LastOrDefault() ?? new(
                draft.Name, DraftCalibration.ExitsOf(draft.Model), shared.LayersFor(target),
                RequestOptions.Temperature(requested.Sampling), parsed.GetValue(length), asked.Count, []);
            DraftCalibration grown = begun with { Targets = [.. begun.Targets, part] };
            File.WriteAllText(file, grown.ToJson()); // whatever comes after it
            return grown;
        }), calibrations);
        terminal.WriteLine($"Written: {file}" + (exitCode == ExitCode.Success ? "" : $", {calibrations.Count} of {folders.Count} targets"));
        return exitCode;
    }

    TargetCalibration Measure(
        TargetMeasurement measurement, LoadedModel target, LoadedModel draft, int draftLength, CancellationToken cancellationToken)
    {
        if (measurement.Ranks.Steps == 0)
            throw new BenchException($"No question fits the context of {target.Name}.");
        var (layers, head) = DraftCost.MeasureExits(draft.Model, cancellationToken);
        ExitCosts costs = new(layers, head, DraftCost.Measure(target.Model, null, cancellationToken));
        ThresholdSearch search = new(measurement.Exits.Answers, costs, draftLength);
        double[] found = search.Find();
        double[] acceptance = measurement.Ranks.Acceptance;
        terminal.WriteLine($"Accepted by rank, over {measurement.Ranks.Steps} steps: "
            + string.Join(' ', acceptance.Select(share => share.ToString("0.000", CultureInfo.InvariantCulture))));
        foreach (var (place, rates) in measurement.Shares.Rates.Chunk(ShareAcceptance.Buckets).Index())
            terminal.WriteLine($"{Places[place]} children accepted once reached, by tenths of their share: "
                + string.Join(' ', rates.Select(rate => Format(rate, "0.00"))));
        if (found.Length > 0)
            terminal.Output.Write(Table(search, found, DraftCalibration.ExitsOf(draft.Model)));
        return new(target.Name, measurement.Ranks.Steps, acceptance, measurement.Shares.Rates, found);
    }

    /// <summary>What was found beside what one would take without it.</summary>
    Table Table(ThresholdSearch search, double[] found, IReadOnlyList<int> exits)
    {
        Table table = terminal.CreateTable("S2D chain", "Thresholds", "Tokens a step", "ms a step", "Tokens/s");
        for (int exit = 0; exit < exits.Count; exit++)
            AddRow($"{exits[exit]} layers", [.. Enumerable.Range(0, found.Length).Select(before => before < exit ? 1.0 : 0)]);
        AddRow("published", [.. found.Select(_ => 0.5)]);
        AddRow("found", found);
        return table;

        void AddRow(string name, double[] thresholds)
        {
            ChainYield yield = search.Play(thresholds);
            table.AddRow(
                name, string.Join(' ', thresholds.Select(threshold => Format(threshold, "0.0"))), Format(yield.TokensPerStep, "0.00"),
                Format(yield.MillisecondsPerStep, "0.000"), Format(1000 * yield.TokensPerMillisecond, "0"));
        }
    }
}
