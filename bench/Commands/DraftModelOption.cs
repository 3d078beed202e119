using System.CommandLine;
using Speculative.Bench.Comparing;
using Speculative.Bench.DraftCalibrations;
using Speculative.Bench.Engines;
using Speculative.Bench.Machine;
using Speculative.Bench.Output;
using Speculative.Drafters;

namespace Speculative.Bench.Commands;

/// <summary>The options that say which model drafts, for drafters that need one.</summary>
sealed class DraftModelOption
{
    readonly Option<string?> folder = new("--draft-model")
    {
        Description = "The model that drafts, for drafters that need one: a folder or GGUF file with the target's vocabulary; by default "
            + "the embedded draft where the target has its tokens, else the target's own first layers where it was trained with exits.",
        HelpName = "FOLDER",
    };
    readonly Option<int?> layers = NumberOption.Count(
        "--draft-layers", "How many of its layers draft: one of its exits; by default all, or those before the target's own first.", 1);
    readonly Option<string?> precision = new("--draft-precision")
    {
        Description = "The number format of the draft model's matrices on the CPU: f32, bf16, int8 or int4; by default int8 for the "
            + "embedded draft, else the target's. No format changes the output, only how often a draft is right and what it costs.",
        HelpName = "FORMAT",
    };
    readonly Option<string?> calibration = new("--draft-calibration")
    {
        Description = "What 'calibrate-draft' measured with this draft model: Sequoia's and DySpec's acceptance and S2D's thresholds for "
            + "each target.",
        HelpName = "FILE",
    };

    IEnumerable<Option> Options => [folder, layers, precision, calibration];

    /// <summary>Creates the options.</summary>
    public DraftModelOption() => precision.AcceptOneOf([.. EngineOptions.Precisions.Keys]);

    /// <summary>Gives a command the options that name the model.</summary>
    public void AddModelTo(Command command)
    {
        command.Options.Add(folder);
        command.Options.Add(layers);
        command.Options.Add(precision);
    }

    /// <summary>Gives a command all options.</summary>
    public void AddTo(Command command)
    {
        AddModelTo(command);
        command.Options.Add(calibration);
    }

    /// <summary>What is said wrongly is said before a model is opened.</summary>
    /// <exception cref="BenchException">
    /// The draft model or the calibration does not exist, or the calibration is broken, or no drafter needs a draft model.
    /// </exception>
    public void Check(ParseResult parsed, IReadOnlyList<string> names)
    {
        if (!names.Any(NeedsModel) && Options.FirstOrDefault(option => parsed.GetResult(option) is not null) is { } idle)
            throw new BenchException(
                $"{idle.Name} is for drafters that need a draft model, which {Contestant.Describe(names)} does not: leave it out.");
        Check(parsed);
    }

    /// <summary>What is said wrongly is said before a model is opened.</summary>
    /// <exception cref="BenchException">The draft model or the calibration does not exist, or the calibration is broken.</exception>
    public void Check(ParseResult parsed)
    {
        if (parsed.GetValue(folder) is { } path && !Directory.Exists(path) && !File.Exists(path))
            throw new BenchException($"--draft-model: the model folder '{path}' does not exist.");
        _ = Calibration(parsed);
    }

    /// <summary>Whether a comparison takes drafters that need a draft model without being asked for them by name.</summary>
    public bool IsAtHand(ParseResult parsed, LoadedModel target) => parsed.GetValue(folder) is not null || SharedDraft.ExistsFor(target);

    /// <summary>The draft model, to be opened when it is first needed; the caller disposes it.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="engine">What computes the target.</param>
    /// <param name="cancellationToken">Ends the opening.</param>
    /// <exception cref="BenchException">A precision was given to the GPU engine.</exception>
    public SharedDraft Share(ParseResult parsed, ModelEngine engine, CancellationToken cancellationToken)
    {
        string? path = parsed.GetValue(folder), format = parsed.GetValue(precision);
        if (format is not null && engine is not CpuEngine)
            throw new BenchException($"{precision.Name} means nothing to the {engine.Name} engine: leave it out.");
        if (engine is CpuEngine cpu && (format ?? (path is null ? "int8" : null)) is { } chosen)
            engine = cpu.With(EngineOptions.Precisions[chosen]);
        return new(path, parsed.GetValue(layers), engine, cancellationToken);
    }

    /// <summary>
    /// Tells drafters of the draft model, if one of them needs it; where sizes are measured, of what its passes cost too.
    /// </summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="settings">What else they know.</param>
    /// <param name="target">The target.</param>
    /// <param name="shared">The draft model.</param>
    /// <param name="names">The drafters.</param>
    /// <param name="sampling">How the target will choose its tokens.</param>
    /// <param name="terminal">Hears of the calibration, and whether it was made for another temperature.</param>
    /// <param name="cancellationToken">Ends the measurement.</param>
    public DrafterSettings Apply(
        ParseResult parsed, DrafterSettings settings, LoadedModel target, SharedDraft shared, IEnumerable<string> names, Sampling sampling,
        Terminal terminal, CancellationToken cancellationToken)
    {
        if (!names.Any(NeedsModel))
            return settings;
        DrafterSettings complete = shared.Apply(settings, target);
        if (settings.CostCurve is not null)
            complete = complete with { DraftCostCurve = DraftCost.Measure(complete.DraftModel!, complete.DraftLayers, cancellationToken) };
        if (Calibration(parsed) is not { } measured)
            return complete;
        TargetCalibration ofTarget = measured.Of(target.Name, shared.For(target), shared.LayersFor(target));
        terminal.WriteLine($"Draft calibration: {measured.Describe()}.");
        terminal.WriteNote(measured.CautionAt(RequestOptions.Temperature(sampling)));
        return complete with
        {
            RankAcceptance = ofTarget.RankAcceptance,
            ShareAcceptance = ofTarget.ShareAcceptance,
            ExitThresholds = ofTarget.Thresholds,
        };
    }

    static bool NeedsModel(string name) => DrafterCatalog.Find(name).Needs != "nothing";

    DraftCalibration? Calibration(ParseResult parsed) => parsed.GetValue(calibration) is { } file ? DraftCalibration.Read(file) : null;
}
