using System.Text;
using System.Text.RegularExpressions;

namespace Speculative;

/// <summary>
/// What a chat template prints of its own where it is asked for an answer, given no tools, with a system message or without: all branches
/// that this does not rule out, one after the other, with a <see cref="JinjaMark"/> wherever something is printed that is not the
/// template's own.
/// </summary>
/// <remarks>
/// No Jinja engine: it runs nothing, and reads the marks and standing messages that templates spell out. White space around tags counts as
/// in Hugging Face's environment (<c>trim_blocks</c>, <c>lstrip_blocks</c>). Linear in the template's length.
/// </remarks>
sealed partial class JinjaText
{
    /// <summary>Characters that are read of what is printed: variables that print each other multiply.</summary>
    const int MostText = 1 << 24, MostTexts = 16;

    readonly ChatSource source;
    readonly string template;
    readonly Dictionary<string, IReadOnlyList<string>> variables;
    readonly JinjaCondition condition;
    readonly JinjaExpression expression;
    readonly Stack<Block> blocks = [];
    readonly StringBuilder text = new(), prompt = new();

    public JinjaText(ChatSource source, bool hasSystem)
    {
        this.source = source;
        template = source.Template;
        variables = new() { ["bos_token"] = [source.BeginToken], ["eos_token"] = [source.EndToken] };
        (condition, expression) = (new(hasSystem, variables), new(variables));
        for (int at = 0; at < template.Length;)
            at = ReadTag(at);
    }

    /// <summary>An open block; what it lies in counts for it too.</summary>
    readonly record struct Block(string Keyword, bool IsDead, bool WasTaken, bool IsPrompt, bool IsDoubtful);

    /// <summary>All of it.</summary>
    public string Text => text.ToString();

    /// <summary>The part under <c>add_generation_prompt</c>.</summary>
    public string Prompt => prompt.ToString();

    Block Innermost => blocks.TryPeek(out Block block) ? block : default;

    /// <summary>Prints the text up to the next tag and does what the tag says; returns where it ends.</summary>
    int ReadTag(int at)
    {
        int open = at;
        while ((open = template.IndexOf('{', open)) >= 0 && (open + 1 == template.Length || template[open + 1] is not ('{' or '%' or '#')))
            open++;
        if (open < 0)
            open = template.Length;
        Print(Trimmed(at, open));
        if (open == template.Length)
            return open;
        char kind = template[open + 1];
        int end = EndOfTag(open + 2, kind == '{' ? '}' : kind);
        string inside = template[(open + 2)..end].Trim('-', '+');
        if (kind == '{')
            foreach (string printed in Innermost.IsDead ? [] : expression.Texts(inside))
                Print(printed);
        else if (kind == '%')
            Obey(inside.Trim());
        return Math.Min(end + 2, template.Length);
    }

    /// <summary>Text between tags, less the white space that the tags around it take.</summary>
    string Trimmed(int start, int end)
    {
        ReadOnlySpan<char> between = template.AsSpan(start, end - start);
        if (start >= 3 && template[start - 3] == '-')
            between = between.TrimStart();
        else if (start >= 2 && template[start - 2] is '%' or '#' && between.StartsWith('\n'))
            between = between[1..];
        if (end + 2 >= template.Length)
            return between.ToString();
        if (template[end + 2] == '-')
            return between.TrimEnd().ToString();
        ReadOnlySpan<char> line = between.TrimEnd(" \t");
        bool takesIndent = template[end + 1] != '{' && (line.EndsWith('\n') || line.IsEmpty && (start == 0 || template[start] == '\n'));
        return (takesIndent ? line : between).ToString();
    }

    /// <summary>The first character of what closes a tag; the end of the template if nothing does.</summary>
    int EndOfTag(int from, char closing)
    {
        for (int i = from; i + 1 < template.Length; i++)
            if (template[i] == closing && template[i + 1] == '}')
                return i;
            else if (closing != '#' && template[i] is '\'' or '"')
                i = JinjaLiteral.End(template, i) - 1;
        return template.Length;
    }

    void Print(string printed)
    {
        if (Innermost.IsDead)
            return;
        if (printed.Length > MostText - text.Length)
            throw source.Fault($"one that prints at most {MostText} characters");
        text.Append(printed);
        if (Innermost.IsPrompt)
            prompt.Append(printed);
    }

    void Obey(string tag)
    {
        string keyword = Word().Match(tag).Value, rest = tag[keyword.Length..].Trim();
        if (keyword == "set" && rest.Contains('='))
            Assign(rest);
        else if (keyword == "if")
            blocks.Push(Branch(default, condition.Holds(rest), rest));
        else if (keyword is "elif" or "else" && Innermost.Keyword == "if")
            blocks.Push(Branch(blocks.Pop(), keyword == "else" ? true : condition.Holds(rest), rest));
        else if (keyword is "for" or "macro" or "call" or "filter" or "set" or "generation")
        {
            bool printsNothing = keyword is "macro" or "set" || IsOverTools(rest);
            blocks.Push(Innermost with { Keyword = keyword, IsDead = Innermost.IsDead || printsNothing });
        }
        else if (keyword.Length > 0 && keyword == "end" + Innermost.Keyword)
            blocks.Pop();
    }

    /// <summary>A branch after another one, or the first; it is in doubt where it may be left out and where it may not.</summary>
    Block Branch(Block before, bool? holds, string rest)
    {
        bool isPrompt = rest.Contains("add_generation_prompt", StringComparison.Ordinal), isDoubtful = before.IsDoubtful || holds is null;
        return new("if", Innermost.IsDead || before.WasTaken || holds == false, before.WasTaken || holds == true,
            Innermost.IsPrompt || isPrompt, Innermost.IsDoubtful || isDoubtful);
    }

    bool IsOverTools(string loop) =>
        loop.IndexOf(" in ", StringComparison.Ordinal) is >= 0 and var at && condition.Holds(loop[(at + 4)..]) == false;

    /// <summary>What a variable may stand for where it is printed: where this may be skipped, also what it stood for before.</summary>
    void Assign(string assignment)
    {
        if (Innermost.IsDead)
            return;
        string name = assignment[..assignment.IndexOf('=')].Trim(), value = assignment[(name.Length + 1)..].TrimStart(' ', '=');
        IReadOnlyList<string> texts = expression.Texts(value);
        if (value == JinjaCondition.Sliced)
            variables[value] = texts;
        variables[name] = Innermost.IsDoubtful && variables.TryGetValue(name, out IReadOnlyList<string>? before)
            ? [.. before.Union(texts).Take(MostTexts)] : texts;
    }

    [GeneratedRegex(@"^\w*")]
    private static partial Regex Word();
}
