using System.CommandLine;
using Spectre.Console;
using Speculative.Bench.Engines;
using Speculative.Bench.Machine;
using Speculative.Bench.Output;
using Speculative.Bench.Perplexity;

namespace Speculative.Bench.Commands;

/// <summary>How well a model predicts a text that it was not trained on: what a number format or an engine costs in quality.</summary>
sealed class PerplexityCommand(Terminal terminal)
{
    const int LongestWindow = 2048;

    readonly EngineOptions engine = new();
    readonly JsonOption json = new();
    readonly Option<string?> text = new("--text")
    {
        Description = "A plain text, or a .jsonl file with 'turns' or 'text' on each line; by default built-in conversations.",
        HelpName = "FILE",
    };
    readonly Option<int?> window = NumberOption.Count(
        "--window", $"Tokens that are read together; by default the model's context, at most {LongestWindow}.", 2);
    readonly Option<int?> stride = NumberOption.Count("--stride", "Tokens from a window to the next; by default half a window.", 1);
    readonly Option<int?> limit = NumberOption.Count("--limit", "Reads only the first N documents.", 1);

    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal)
    {
        const string description =
            "Measures how well a model predicts text: the mean negative log-likelihood of a token in nats, and its exponential, the "
            + "perplexity. Documents longer than a window are read in windows that overlap; each token counts once, in the first "
            + "window that holds it. Losses are comparable between models of one tokenizer only.";
        PerplexityCommand perplexity = new(terminal);
        Command command = new("perplexity", description) { perplexity.text, perplexity.window, perplexity.stride, perplexity.limit };
        perplexity.engine.AddTo(command);
        perplexity.json.AddTo(command);
        command.SetAction((parsed, cancellationToken) => Task.FromResult(perplexity.Run(parsed, cancellationToken)));
        return command;
    }

    int Run(ParseResult parsed, CancellationToken cancellationToken)
    {
        json.Check(parsed);
        HeldOutDocument[] documents = [.. (parsed.GetValue(text) is { } file ? HeldOutFile.Read(file) : HeldOutFile.BuiltIn())
            .Take(parsed.GetValue(limit) ?? int.MaxValue)];
        string folder = engine.Folder(parsed);
        using ModelEngine opened = engine.OpenEngine(parsed);
        using LoadedModel model = engine.OpenModel(parsed, folder, opened, cancellationToken);
        int context = model.Model.MaxContextLength, length = parsed.GetValue(window) ?? Math.Min(LongestWindow, context);
        if (length > context)
            throw new BenchException($"--window: {length} tokens exceed the context of {context}.");
        int step = parsed.GetValue(stride) ?? length / 2;
        if (step >= length)
            throw new BenchException($"--stride: expected less than the window of {length} tokens, found {step}.");
        terminal.WriteLine(MachineInfo.Describe());
        terminal.WriteLine($"{model.Name}, {opened.Description}; {Count(documents.Length)}, windows of {length} tokens, "
            + $"stride {step}");
        terminal.WriteNote(opened.Caution);
        WindowedLoss loss = new(model.Model, length, step);
        int done = Measure(documents, loss, model, cancellationToken);
        if (loss.Tokens > 0)
            terminal.WriteLine(FormattableString.Invariant($"Loss {loss.Mean:0.0000} nats a token, ")
                + FormattableString.Invariant($"perplexity {Math.Exp(loss.Mean):0.000}, over {loss.Tokens} tokens of {Count(done)}."));
        else
            terminal.WriteLine("No token was predicted.");
        PerplexityRow[] rows = loss.Tokens == 0 ? []
            : [new(done, loss.Tokens, length, step, loss.Mean, Math.Exp(loss.Mean))];
        json.Write(parsed, model.Name, rows, complete: !cancellationToken.IsCancellationRequested);
        return cancellationToken.IsCancellationRequested ? ExitCode.Cancelled : loss.Tokens == 0 ? ExitCode.BadInput : ExitCode.Success;
    }

    static string Count(int documents) => documents == 1 ? "1 document" : $"{documents} documents";

    /// <summary>Returns the number of documents read to their end.</summary>
    int Measure(HeldOutDocument[] documents, WindowedLoss loss, LoadedModel model, CancellationToken cancellationToken)
    {
        int done = 0;
        if (!terminal.IsLive)
            Read(() => { });
        else
            terminal.Output.Progress().AutoClear(true)
                .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
                .Start(bar =>
                {
                    ProgressTask task = bar.AddTask("Reading", maxValue: documents.Length);
                    Read(() => task.Increment(1));
                });
        return done;

        void Read(Action report)
        {
            try
            {
                for (; done < documents.Length; done++, report())
                    loss.Add(model.Encode(documents[done]), cancellationToken);
            }
            catch (OperationCanceledException)
            {
                // What was measured is reported.
            }
        }
    }
}
