using System.CommandLine;
using System.Diagnostics;
using System.Text;
using Speculative.Bench.Engines;
using Speculative.Bench.Output;
using Speculative.Drafters;

namespace Speculative.Bench.Commands;

/// <summary>Answers one prompt, or one after the other in a conversation, and shows which tokens were drafted.</summary>
sealed class GenerateCommand(Terminal terminal)
{
    readonly EngineOptions engine = new();
    readonly RequestOptions request = new();
    readonly DraftingOptions drafting = new();
    readonly DraftModelOption draftModel = new();
    readonly Option<string[]> prompt = new("--prompt")
    {
        Description = "What the user says; it goes through the model's chat template. Given again, it is the conversation's next turn.",
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
        Command command = new("generate", "Answers a prompt, or several in turn. Drafted tokens are green, the target's own are not.")
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
        string[] turns = parsed.GetValue(prompt)!;
        string name = DrafterCatalog.Find(parsed.GetValue(drafter)!).Name;
        if (turns.Any(string.IsNullOrWhiteSpace))
            throw new BenchException("The prompt is empty: give --prompt some text.");
        GenerationOptions requested = request.Read(parsed);
        draftModel.Check(parsed, [name]);
        drafting.Check(parsed, [name]);
        string folder = engine.Folder(parsed);
        using ModelEngine opened = engine.OpenEngine(parsed);
        using LoadedModel model = engine.OpenModel(parsed, folder, opened, cancellationToken);
        GenerationOptions options = requested with { StopTokenIds = model.EndTokenIds, StopStrings = parsed.GetValue(stop) ?? [] };
        int first = model.Encode(turns[0]).Length;
        if (first > model.Model.MaxContextLength)
            throw new ContextOverflowException(first, model.Model.MaxContextLength);
        using SharedDraft draft = draftModel.Share(parsed, opened, cancellationToken);
        DrafterSettings settings = draftModel.Apply(
            parsed, drafting.Settings(parsed, model.Model, [name], terminal, cancellationToken), model, draft, [name],
            options.Sampling, terminal, cancellationToken);
        SpeculativeEngine speculative = new(model.Model, DrafterCatalog.CreateFactory(name, settings), model.Decoder);
        SpeculativeSession? session = null;
        try
        {
            List<string> conversation = [];
            foreach (string turn in turns)
            {
                conversation.Add(turn);
                int[] promptTokenIds = model.Encode(conversation);
                session = session is null
                    ? speculative.StartSession(promptTokenIds, options) : session.Continue(promptTokenIds);
                string answer = await AnswerAsync(session, promptTokenIds.Length, opened, cancellationToken).ConfigureAwait(false);
                if (session.FinishReason == FinishReason.Cancelled)
                    return ExitCode.Cancelled;
                conversation.Add(answer.Trim());
            }
            return ExitCode.Success;
        }
        finally
        {
            session?.Dispose();
            drafting.Save(parsed, settings);
        }
    }

    /// <returns>The answer as it was written: a stop string and what the last token says after it are not part of it.</returns>
    async Task<string> AnswerAsync(
        SpeculativeSession session, int promptLength, ModelEngine opened, CancellationToken cancellationToken)
    {
        AnswerWriter answer = new(terminal);
        StringBuilder text = new();
        int known = session.CommittedLength;
        long start = Stopwatch.GetTimestamp();
        await foreach (GeneratedToken token in session.GenerateAsync(cancellationToken).ConfigureAwait(false))
        {
            answer.Write(token);
            text.Append(token.Text);
        }
        terminal.WriteLine();
        terminal.WriteNote(opened.Caution);
        terminal.WriteLine((known > 0 ? $"{known} of {promptLength} prompt tokens known; " : "")
            + Describe(session, Stopwatch.GetElapsedTime(start)));
        return text.ToString();
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
