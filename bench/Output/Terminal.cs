using Spectre.Console;

namespace Speculative.Bench.Output;

/// <summary>Where a command writes: results to the output, complaints to the error stream.</summary>
/// <param name="Output">The results. Without ANSI support nothing but plain text and line feeds is written to it.</param>
/// <param name="Error">The complaints.</param>
sealed record Terminal(IAnsiConsole Output, TextWriter Error)
{
    /// <summary>Wide enough that no table is broken in a file or a pipe.</summary>
    const int PlainWidth = 160;

    /// <summary>The process's own console; plain where the output is redirected.</summary>
    public static Terminal OpenStandard() => Console.IsOutputRedirected
        ? Plain(Console.Out, Console.Error)
        : new(AnsiConsole.Create(new AnsiConsoleSettings()), Console.Error);

    /// <summary>A terminal without colours, cursor and keyboard.</summary>
    public static Terminal Plain(TextWriter output, TextWriter error)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(output),
        });
        console.Profile.Width = PlainWidth;
        return new(console, error);
    }

    /// <summary>Whether something may be redrawn in place.</summary>
    public bool IsLive => Output.Profile.Capabilities is { Ansi: true, Interactive: true };

    /// <summary>Whether text may be coloured; false where NO_COLOR is set.</summary>
    public bool HasColors => Output.Profile.Capabilities is { Ansi: true, ColorSystem: not ColorSystem.NoColors };

    /// <summary>A table in the terminal's own style; Markdown for a file or a pipe.</summary>
    public Table CreateTable(params string[] headings)
    {
        Table table = new() { Border = IsLive ? TableBorder.Simple : TableBorder.Markdown };
        table.AddColumns(headings);
        return table;
    }

    /// <summary>Writes a line as it is.</summary>
    public void WriteLine(string line = "") => Output.Profile.Out.Writer.WriteLine(line);

    /// <summary>Writes what is to be said beside a result, if anything.</summary>
    public void WriteNote(string? note)
    {
        if (note is not null)
            WriteLine(note);
    }

    /// <summary>Says what was wrong.</summary>
    /// <returns><see cref="ExitCode.BadInput"/>.</returns>
    public int Refuse(string sentence)
    {
        Error.WriteLine(sentence);
        return ExitCode.BadInput;
    }
}
