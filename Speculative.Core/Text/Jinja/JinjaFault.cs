namespace Speculative;

/// <summary>What is wrong with a template, or with what it does; <see cref="ChatTemplate"/> names the file and the line.</summary>
/// <param name="expected">What was expected.</param>
/// <param name="found">What was found instead.</param>
sealed class JinjaFault(string expected, string found) : Exception($"expected {expected}, found {found}")
{
    const int MostShown = 60;

    public string Expected => expected;

    public string Found => found;

    /// <summary>The line of a fault in the template's own text; null while it runs.</summary>
    public int? Line { get; init; }

    /// <summary>A name or a text as far as a message shows it.</summary>
    public static string Show(string text)
    {
        string line = text.Replace("\n", "\\n", StringComparison.Ordinal);
        return line.Length <= MostShown ? $"'{line}'" : $"'{line.AsSpan(0, MostShown)}...'";
    }
}
