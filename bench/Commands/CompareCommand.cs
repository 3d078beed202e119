using System.CommandLine;
using Speculative.Bench.Comparing;
using Speculative.Bench.Engines;
using Speculative.Bench.Machine;
using Speculative.Bench.Output;
using Speculative.Bench.Questions;
using Speculative.Drafters;
using Spectre.Console;

namespace Speculative.Bench.Commands;

/// <summary>Plain decoding against every drafter, on the same questions, in the same run.</summary>
sealed class CompareCommand(Terminal terminal)
{
    readonly EngineOptions engine = new();
    readonly RequestOptions request = new();
    readonly DraftingOptions drafting = new();
    readonly DraftModelOption draftModel = new();
    readonly JsonOption json = new();
    readonly Option<string?> drafters = new("--drafters")
    {
        Description = "The drafters to compare with 'plain'; by default all.",
        HelpName = "A,B",
    };
    readonly Option<string?> questions = new("--questions")
    {
        Description = "Questions in Spec-Bench's format; by default the built-in 24.",
        HelpName = "FILE",
    };
    readonly Option<int?> limit = NumberOption.Count("--limit", "Asks only the first N questions.", 1);

    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal)
    {
        const string description =
            "Compares drafters with plain decoding of the same run. Tokens/s is all generated tokens over all time, prompts included; "
            + "speedup is its ratio to plain decoding's. MAT is the mean number of tokens a step yields, the target's own included. "
            + "'Identical' counts questions whose tokens all equal plain decoding's; 'drawn' stands where a temperature makes a drafter draw, "
            + "so that answers keep their distribution but not their tokens. A warm-up on other prompts, until the just-in-time compiler "
            + "has settled, is not measured. Exit code 1: an output differed.";
        CompareCommand compare = new(terminal);
        Command command = new("compare", description) { compare.drafters, compare.questions, compare.limit };
        compare.engine.AddTo(command);
        compare.request.AddTo(command);
        compare.drafting.AddTo(command);
        compare.draftModel.AddTo(command);
        compare.json.AddTo(command);
        command.SetAction((parsed, cancellationToken) => Task.FromResult(compare.Run(parsed, cancellationToken)));
        return command;
    }

    int Run(ParseResult parsed, CancellationToken cancellationToken)
    {
        json.Check(parsed);
        _ = DrafterNames(parsed.GetValue(drafters), true); // an unknown name is said before a model is opened
        IReadOnlyList<Question> asked = [.. (parsed.GetValue(questions) is { } file ? QuestionFile.Read(file) : QuestionFile.BuiltIn())
            .Take(parsed.GetValue(limit) ?? int.MaxValue)];
        GenerationOptions requested = request.Read(parsed);
        string folder = engine.Folder(parsed);
        using ModelEngine opened = engine.OpenEngine(parsed);
        using LoadedModel model = ModelSource.Open(folder, opened);
        IReadOnlyList<string> names = DrafterNames(parsed.GetValue(drafters), draftModel.IsAtHand(parsed, model));
        using LoadedModel? draft = draftModel.Open(parsed, model, names, opened);
        GenerationOptions options = requested with { StopTokenIds = model.EndTokenIds };
        terminal.WriteLine(MachineInfo.Describe());
        terminal.WriteLine($"{model.Name}, {opened.Description}; {asked.Count} questions, up to {options.MaxNewTokens} new "
            + $"tokens, {RequestOptions.Describe(options.Sampling)}; {drafting.Describe(parsed)}");
        terminal.WriteCaution(opened.Caution);
        DrafterSettings settings = draftModel.Apply(
            parsed, drafting.Settings(parsed, model.Model, names, terminal, cancellationToken), model, draft);
        Contestant[] contestants =
            [Contestant.Plain, .. names.Select(name => new Contestant(name, () => DrafterCatalog.CreateFactory(name, settings)))];
        if (!new WarmUp(model, contestants, options).Run(cancellationToken) && !cancellationToken.IsCancellationRequested)
            terminal.WriteLine("The just-in-time compiler was still busy when the warm-up ended: the first figures may be too low.");
        Comparison comparison = new(model, contestants, options);
        Ask(comparison, asked, cancellationToken);
        return Report(parsed, model, comparison, cancellationToken.IsCancellationRequested);
    }

    /// <summary>The drafters besides plain decoding, which always takes part; unnamed, those that have what they need.</summary>
    static IReadOnlyList<string> DrafterNames(string? list, bool hasDraftModel)
    {
        IEnumerable<string> names = list?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            ?? DrafterCatalog.Entries.Where(entry => hasDraftModel || entry.Needs == "nothing").Select(entry => entry.Name);
        return [.. names.Select(name => DrafterCatalog.Find(name).Name).Where(name => name != Contestant.Plain.Name).Distinct()];
    }

    void Ask(Comparison comparison, IReadOnlyList<Question> asked, CancellationToken cancellationToken)
    {
        if (!terminal.IsLive)
        {
            foreach (Question question in asked.TakeWhile(_ => !cancellationToken.IsCancellationRequested))
                comparison.Ask(question, cancellationToken);
            return;
        }
        // Redrawn between questions only: a timer of its own would take time from what is measured.
        Progress progress = terminal.Output.Progress().AutoRefresh(false).AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn());
        progress.Start(bar =>
        {
            ProgressTask task = bar.AddTask("Measuring", maxValue: asked.Count);
            foreach (Question question in asked.TakeWhile(_ => !cancellationToken.IsCancellationRequested))
            {
                task.Description = Markup.Escape($"Question {question.Id}, {question.Category}");
                bar.Refresh();
                comparison.Ask(question, cancellationToken);
                task.Increment(1);
            }
        });
    }

    int Report(ParseResult parsed, LoadedModel model, Comparison comparison, bool cancelled)
    {
        IReadOnlyList<Summary> rows = Summary.Of(comparison.Contestants, comparison.Measured);
        IReadOnlyList<Summary> totals = [.. rows.Where(row => row.Task == Summary.AllTasks)];
        foreach (string line in comparison.Skipped)
            terminal.WriteLine(line);
        if (totals.Count > 0)
        {
            terminal.Output.Write(ResultTable.Create(totals, plain: !terminal.IsLive));
            terminal.WriteLine("Reading the prompts, included: " + string.Join(", ", totals.Select(ResultTable.DescribePrompts)) + ".");
        }
        else
            terminal.WriteLine("No question was measured to its end.");
        foreach (var (contestant, row) in totals.Index())
            Explain(comparison, contestant, row, model);
        json.Write(parsed, model.Name, rows);
        return cancelled ? ExitCode.Cancelled
            : totals.Count == 0 ? ExitCode.BadInput
            : totals.Any(row => !row.IsFaithful) ? ExitCode.Mismatch
            : ExitCode.Success;
    }

    void Explain(Comparison comparison, int contestant, Summary row, LoadedModel model)
    {
        IEnumerable<Divergence?> divergences = comparison.Measured.Select(question => question.FindDivergence(contestant));
        if (!row.IsFaithful && divergences.FirstOrDefault(found => found is not null) is { } divergence)
            terminal.WriteLine($"{row.Drafter} differs first at {divergence.Describe(tokenId => model.Decode([tokenId]))}.");
        if (row.DraftFailures > 0)
            terminal.WriteLine($"{row.Drafter} failed in {row.DraftFailures} steps, which went on without its draft.");
    }
}
