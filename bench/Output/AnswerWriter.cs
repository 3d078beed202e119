namespace Speculative.Bench.Output;

/// <summary>Prints an answer as it comes: drafted tokens in green, the target's own as they are.</summary>
sealed class AnswerWriter(Terminal terminal)
{
    const string Green = "\e[32m", Reset = "\e[0m";

    readonly TextWriter output = terminal.Output.Profile.Out.Writer;

    /// <summary>Prints what became final with a token.</summary>
    public void Write(GeneratedToken token)
    {
        string text = Printable(token.Text);
        bool drafted = token.Origin == TokenOrigin.Draft && terminal.HasColors;
        output.Write(drafted && text.Length > 0 ? Green + text + Reset : text);
        output.Flush();
    }

    /// <summary>A model's text may hold anything: control characters other than line feed and tab must not reach the terminal.</summary>
    static string Printable(string text) =>
        text.Any(IsControl) ? string.Concat(text.Select(character => IsControl(character) ? '\uFFFD' : character)) : text;

    static bool IsControl(char character) => char.IsControl(character) && character is not ('\n' or '\t');
}
