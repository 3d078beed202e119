using System.CommandLine;
using Speculative.Bench.Charts;
using Speculative.Bench.Comparing;
using Speculative.Bench.Engines;
using Speculative.Bench.Machine;
using Speculative.Bench.Output;
using Speculative.Bench.Questions;
using Speculative.Drafters;

namespace Speculative.Bench.Commands;

/// <summary>Plain decoding against every drafter, on the same questions, in the same run.</summary>
sealed class CompareCommand(Terminal terminal)
{
    readonly EngineOptions engine = new();
    readonly RequestOptions request = new();
    readonly DraftingOptions drafting = new();
    readonly DraftModelOption draftModel = new();
    readonly JsonOption json = new();
    readonly ChartOption chart = new();
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

    readonly Option<string?> answers = new("--answers")
    {
        Description = "Also writes every turn's prompt and plain decoding's answer as token ids, one JSON object a line, for other engines "
            + "to repeat.",
        HelpName = "FILE",
    };

    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal)
    {
        const string description =
            "Compares drafters with plain decoding of the same run; with several --model each of them in turn, drafted by one draft model "
            + "that is opened once. Tokens/s is all generated tokens over all time, prompts included; speedup is its ratio to plain "
            + "decoding's, 'decoding' the same with the prompts' time left out. MAT is the mean number of tokens a step yields, the "
            + "target's own included; 'expected' is what the drafter itself expected it to be; 'drafted' is how many tokens a step "
            + "drafts. 'Identical' counts questions whose tokens all equal plain decoding's; 'drawn' stands where a temperature makes a "
            + "drafter draw, so that answers keep their distribution but not their tokens. 'Break-even' is the MAT at which its steps are "
            + "worth their time; '95 %' is the interval in which the speedup lies by resampling the questions. A warm-up on other "
            + "prompts, until the just-in-time compiler has settled, is not measured. Exit code 1: an output differed. Exit code 70: the "
            + "model failed at a question.";
        CompareCommand compare = new(terminal);
        Command command = new("compare", description) { compare.drafters, compare.questions, compare.limit, compare.answers };
        compare.engine.AddTo(command);
        compare.request.AddTo(command);
        compare.drafting.AddTo(command);
        compare.draftModel.AddTo(command);
        compare.json.AddTo(command);
        compare.chart.AddTo(command);
        command.SetAction((parsed, cancellationToken) => Task.FromResult(compare.Run(parsed, cancellationToken)));
        return command;
    }

    int Run(ParseResult parsed, CancellationToken cancellationToken)
    {
        json.Check(parsed);
        chart.Check(parsed);
        ResultDocument.CheckTarget(parsed.GetValue(answers), answers.Name);
        IReadOnlyList<string> names = DrafterNames(parsed.GetValue(drafters), true); // said wrongly, said before a model is opened
        chart.RefuseWhere(parsed, names.Count == 0, "drafters' speedups, and plain decoding alone has none");
        draftModel.Check(parsed, names);
        IReadOnlyList<Question> asked = [.. (parsed.GetValue(questions) is { } file ? QuestionFile.Read(file) : QuestionFile.BuiltIn())
            .Take(parsed.GetValue(limit) ?? int.MaxValue)];
        GenerationOptions requested = request.Read(parsed);
        IReadOnlyList<string> folders = parsed.GetValue(answers) is null ? engine.Folders(parsed) : [engine.Folder(parsed)];
        drafting.Check(parsed, names, folders.Count);
        using ModelEngine opened = engine.OpenEngine(parsed);
        using SharedDraft draft = draftModel.Share(parsed, opened, cancellationToken);
        List<Summary> rows = [];
        int exitCode = ExitCode.Success;
        bool complete = false;
        try
        {
            foreach (string folder in folders)
                exitCode = Math.Max(exitCode, Run(parsed, opened, folder, draft, asked, requested, rows, cancellationToken));
            complete = exitCode is ExitCode.Success or ExitCode.Mismatch;
        }
        catch (OperationCanceledException) when (rows.Count > 0 || exitCode != ExitCode.Success)
        {
            exitCode = ExitCode.Cancelled;
        }
        finally // what was measured is written, whatever came after it
        {
            if (rows.Count > 0)
                Write(parsed, folders, rows, complete);
        }
        return exitCode;
    }

    void Write(ParseResult parsed, IEnumerable<string> folders, IReadOnlyList<Summary> rows, bool complete)
    {
        string models = string.Join(", ", folders.Select(folder => ModelSource.Name(folder, engine.IdentityLayers(parsed))));
        json.Write(parsed, models, rows, complete);
        if (rows.Any(row => row.Drafter != Contestant.Plain.Name))
            chart.Write(parsed, () => SpeedupChart.Create([.. rows.Where(row => row.Task == Summary.AllTasks)]));
    }

    int Run(
        ParseResult parsed, ModelEngine opened, string folder, SharedDraft draft, IReadOnlyList<Question> asked,
        GenerationOptions requested, List<Summary> rows, CancellationToken cancellationToken)
    {
        using LoadedModel model = engine.OpenModel(parsed, folder, opened, cancellationToken);
        _ = model.Encode(asked[0].Turns[0]); // what is wrong with a chat template is said before anything is measured
        (Comparison comparison, DrafterSettings settings) = Compare(parsed, opened, model, draft, asked, requested, cancellationToken);
        IReadOnlyList<Summary> found = Summary.Of(model.Name, comparison.Contestants, comparison.Measured);
        rows.AddRange(found);
        int exitCode = Report(model, comparison, found, cancellationToken.IsCancellationRequested);
        terminal.WriteNote(opened.Remark(model.Model));
        if (parsed.GetValue(answers) is { } path)
            AnswerFile.Write(path, comparison.Measured);
        drafting.Save(parsed, settings);
        return exitCode;
    }

    (Comparison Comparison, DrafterSettings Settings) Compare(
        ParseResult parsed, ModelEngine opened, LoadedModel model, SharedDraft draft, IReadOnlyList<Question> asked,
        GenerationOptions requested, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> names = DrafterNames(parsed.GetValue(drafters), draftModel.IsAtHand(parsed, model));
        GenerationOptions options = requested with { StopTokenIds = model.EndTokenIds };
        terminal.WriteLine(MachineInfo.Describe());
        terminal.WriteLine($"{model.Name}, {opened.Description}; {asked.Count} questions, up to {options.MaxNewTokens} new "
            + $"tokens, {RequestOptions.Describe(options.Sampling)}; {drafting.Describe(parsed)}");
        terminal.WriteNote(opened.Caution);
        DrafterSettings settings = draftModel.Apply(
            parsed, drafting.Settings(parsed, model.Model, names, terminal, cancellationToken), model, draft, names, options.Sampling,
            terminal, cancellationToken);
        Contestant[] contestants = Contestants(names, settings);
        // What the prompts of the warm-up teach is not learnt for the comparison.
        WarmUp warmUp = new(model, Contestants(names, settings with { Matrix = null }), options);
        if (!warmUp.Run(cancellationToken) && !cancellationToken.IsCancellationRequested)
            terminal.WriteLine("The just-in-time compiler was still busy when the warm-up ended: the first figures may be too low.");
        Comparison comparison = new(model, contestants, options);
        QuestionProgress.Run(terminal, "Measuring", asked, question => comparison.Ask(question, cancellationToken), cancellationToken);
        return (comparison, settings);
    }

    static Contestant[] Contestants(IReadOnlyList<string> names, DrafterSettings settings) =>
        [Contestant.Plain, .. names.Select(name => new Contestant(name, () => DrafterCatalog.CreateFactory(name, settings)))];

    /// <summary>The drafters besides plain decoding, which always takes part; unnamed, those that have what they need.</summary>
    static IReadOnlyList<string> DrafterNames(string? list, bool hasDraftModel)
    {
        IEnumerable<string> names = list?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            ?? DrafterCatalog.Entries.Where(entry => hasDraftModel || entry.Needs == "nothing").Select(entry => entry.Name);
        return [.. names.Select(name => DrafterCatalog.Find(name).Name).Where(name => name != Contestant.Plain.Name).Distinct()];
    }

    int Report(LoadedModel model, Comparison comparison, IReadOnlyList<Summary> rows, bool cancelled)
    {
        IReadOnlyList<Summary> totals = [.. rows.Where(row => row.Task == Summary.AllTasks)];
        foreach (string line in comparison.Skipped.Concat(comparison.Failed))
            terminal.WriteLine(line);
        if (totals.Count > 0)
        {
            terminal.Output.Write(ResultTable.Create(totals, terminal));
            terminal.WriteLine("Reading the prompts, included: " + string.Join(", ", totals.Select(ResultTable.DescribePrompts)) + ".");
        }
        else if (comparison.Failed.Count > 0)
            terminal.Refuse("The model failed at every question.");
        else if (cancelled)
            terminal.WriteLine("No question was measured to its end.");
        else
            terminal.Refuse("No question fits the model's context: give shorter questions, fewer --max-new-tokens or another --model.");
        foreach (var (contestant, row) in totals.Index())
            Explain(comparison, contestant, row, model);
        return cancelled ? ExitCode.Cancelled
            : comparison.Failed.Count > 0 ? ExitCode.Fault
            : totals.Count == 0 ? ExitCode.BadInput
            : totals.Any(row => !row.IsFaithful) ? ExitCode.Mismatch
            : ExitCode.Success;
    }

    void Explain(Comparison comparison, int contestant, Summary row, LoadedModel model)
    {
        var differing = comparison.Measured.Select(asked => (Question: asked, First: asked.FindDivergence(contestant)));
        if (!row.IsFaithful && differing.FirstOrDefault(found => found.First is not null) is ({ } question, { } divergence))
        {
            string margin = divergence.Logits(model.Model, question) is { } logits
                ? FormattableString.Invariant($"; the target's logits of both: {logits.Expected:0.0000}, {logits.Found:0.0000}") : "";
            terminal.WriteLine($"{row.Drafter} differs first at {divergence.Describe(tokenId => model.Decode([tokenId]))}{margin}.");
        }
        if (row.DraftFailures > 0)
            terminal.WriteLine($"{row.Drafter} failed in {row.DraftFailures} calls; what it had not drafted by then was lost.");
    }
}
