using System.CommandLine;
using System.Diagnostics;
using Speculative.Bench.Engines;
using Speculative.Bench.Output;
using Speculative.Drafters;

namespace Speculative.Bench.Commands;

/// <summary>Answers one prompt and shows which tokens were drafted.</summary>
sealed class GenerateCommand(Terminal terminal)
{
    readonly EngineOptions engine = new();
    readonly RequestOptions request = new();
    readonly DraftingOptions drafting = new();
    readonly DraftModelOption draftModel = new();
    readonly Option<string> prompt = new("--prompt")
    {
        Description = "What the user says; it goes through the model's chat template.",
        HelpName = "TEXT",
        Required = true,
    };
    readonly Option<string> drafter = new("--drafter")
    {
        Description = $"One of {string.Join(", ", DrafterCatalog.Entries.Select(entry => entry.Name))}.",
        HelpName = "NAME",
        DefaultValueFactory = _ => "token-recycling",
    };
    readonly Option<string[]> stop = new("--stop")
    {
        Description = "Ends the answer before this text; may be given more than once.",
        HelpName = "TEXT",
    };

    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal)
    {
        GenerateCommand generate = new(terminal);
        Command command = new("generate", "Answers a prompt. Drafted tokens are green, the target's own are not.")
        {
            generate.prompt,
            generate.drafter,
            generate.stop,
        };
        generate.engine.AddTo(command);
        generate.request.AddTo(command);
        generate.drafting.AddTo(command);
        generate.draftModel.AddTo(command);
        command.SetAction(generate.RunAsync);
        return command;
    }

    async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        string text = parsed.GetValue(prompt)!, name = DrafterCatalog.Find(parsed.GetValue(drafter)!).Name;
        if (string.IsNullOrWhiteSpace(text))
            throw new BenchException("The prompt is empty: give --prompt some text.");
        GenerationOptions requested = request.Read(parsed);
        draftModel.Check(parsed);
        string folder = engine.Folder(parsed);
        using ModelEngine opened = engine.OpenEngine(parsed);
        using LoadedModel model = Interruptible.Run(() => ModelSource.Open(folder, opened), cancellationToken);
        GenerationOptions options = requested with { StopTokenIds = model.EndTokenIds, StopStrings = parsed.GetValue(stop) ?? [] };
        int[] promptTokenIds = model.Encode(text);
        if (promptTokenIds.Length > model.Model.MaxContextLength)
            throw new ContextOverflowException(promptTokenIds.Length, model.Model.MaxContextLength);
        using SharedDraft draft = draftModel.Share(parsed, opened, cancellationToken);
        DrafterSettings settings = draftModel.Apply(
            parsed, drafting.Settings(parsed, model.Model, [name], terminal, cancellationToken), model, draft, [name],
            options.Sampling, terminal, cancellationToken);
        SpeculativeEngine speculative = new(model.Model, DrafterCatalog.CreateFactory(name, settings), model.Decoder);
        using SpeculativeSession session = speculative.StartSession(promptTokenIds, options);
        AnswerWriter answer = new(terminal);
        long start = Stopwatch.GetTimestamp();
        await foreach (GeneratedToken token in session.GenerateAsync(cancellationToken).ConfigureAwait(false))
            answer.Write(token);
        terminal.WriteLine();
        terminal.WriteNote(opened.Caution);
        terminal.WriteLine(Describe(session, Stopwatch.GetElapsedTime(start)));
        return session.FinishReason == FinishReason.Cancelled ? ExitCode.Cancelled : ExitCode.Success;
    }

    static string Describe(SpeculativeSession session, TimeSpan time)
    {
        SpeculationStatistics statistics = session.Statistics;
        string ending = session.FinishReason switch
        {
            FinishReason.StopToken => "the answer ended",
            FinishReason.StopString => "stop text found",
            FinishReason.TokenBudget => "token budget spent",
            FinishReason.ContextLimit => "context full",
            _ => "cancelled",
        };
        return FormattableString.Invariant($"{statistics.EmittedTokens} tokens in {time.TotalSeconds:0.00} s ")
            + FormattableString.Invariant($"({statistics.EmittedTokens / time.TotalSeconds:0.0} tokens/s), {statistics.Steps} steps, ")
            + FormattableString.Invariant($"MAT {statistics.MeanAcceptedTokens:0.00} ({statistics.MeanExpectedTokens:0.00} expected), ")
            + FormattableString.Invariant($"{statistics.AcceptedTokens} of {statistics.DraftedTokens} drafted tokens accepted, ")
            + FormattableString.Invariant($"{100 * statistics.DraftShare:0.0} % of the time drafting; {ending}.");
    }
}
