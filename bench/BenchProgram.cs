using System.CommandLine;
using Speculative.Bench.Commands;
using Speculative.Bench.Output;

namespace Speculative.Bench;

/// <summary>The command line: a few commands, one exit code, one clear sentence for what the user got wrong.</summary>
static class BenchProgram
{
    static readonly string[] AboutTheProgram = ["-h", "-?", "/h", "/?", "--help", "--version"];

    /// <summary>Runs one command; without a command name, <c>compare</c>.</summary>
    public static async Task<int> RunAsync(string[] args, Terminal terminal, CancellationToken cancellationToken = default)
    {
        bool named = args is [{ } first, ..] && (!first.StartsWith('-') || AboutTheProgram.Contains(first));
        ParseResult parsed = Root(terminal).Parse(named ? args : ["compare", .. args]);
        if (parsed.Errors.Count > 0 && parsed.UnmatchedTokens is [var unknown, ..])
            return terminal.Refuse($"Unknown command or option '{unknown}': --help lists what there is.");
        if (parsed.Errors is [var error, ..])
            return terminal.Refuse(error.Message);
        try
        {
            InvocationConfiguration configuration = new()
            {
                Output = terminal.Output.Profile.Out.Writer,
                Error = terminal.Error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            };
            return await parsed.InvokeAsync(configuration, cancellationToken).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // a user sees a sentence, whatever went wrong
        catch (Exception fault)
#pragma warning restore CA1031
        {
            return Report(terminal, fault);
        }
    }

    /// <summary>Says what went wrong, unless the user ended it.</summary>
    /// <returns>The exit code.</returns>
    public static int Report(Terminal terminal, Exception fault)
    {
        if (fault is OperationCanceledException)
            return ExitCode.Cancelled;
        if (IsBadInput(fault))
            return terminal.Refuse(Sentence(fault));
        terminal.Refuse($"Unexpected {fault.GetType().Name}: {Sentence(fault)}");
        return ExitCode.Fault;
    }

    static RootCommand Root(Terminal terminal) => new("Compares, runs and calibrates speculative decoding. Without a command it compares.")
    {
        CompareCommand.Create(terminal),
        GenerateCommand.Create(terminal),
        CalibrateCommand.Create(terminal),
        CalibrateDraftCommand.Create(terminal),
        KernelsCommand.Create(terminal),
        AttentionCommand.Create(terminal),
        DraftingCommand.Create(terminal),
        PerplexityCommand.Create(terminal),
        ExportCommand.Create(terminal),
        QuantizeCommand.Create(terminal),
    };

    static bool IsBadInput(Exception fault) =>
        fault is BenchException or SpeculativeException or ArgumentException
            or IOException or UnauthorizedAccessException or OutOfMemoryException;

    /// <summary>The message without what the runtime appends for programmers: the parameter's name, the value on another line.</summary>
    static string Sentence(Exception fault)
    {
        string line = fault.Message.ReplaceLineEndings("\n").Split('\n')[0];
        string appendix = $" (Parameter '{(fault as ArgumentException)?.ParamName}')";
        return line.Replace(appendix, "", StringComparison.Ordinal);
    }
}
